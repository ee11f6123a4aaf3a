# Builds the Lambda functions: `make lambdas` into bin/, and as `sam build` asks
# for them (build-NAMEFunction, into ARTIFACTS_DIR). Lambda's arm64 is Graviton2 or
# later: programs need not carry what older processors do instead of its atomics.
# Calls inside the client of AWS are not inlined: that is half a MiB less of what
# waits for the network anyway.
functions := api draft publish reindex source
lambda_go := CGO_ENABLED=0 GOOS=linux GOARCH=arm64 GOARM64=v8.2,lse go build -tags lambda.norpc -trimpath -gcflags=github.com/aws/...=-l -ldflags '-s -w -buildid='

.PHONY: lambdas
lambdas:
	@for f in $(functions); do $(lambda_go) -o bin/$$f/bootstrap ./functions/$$f || exit; done

build-ApiFunction: function := api
build-DraftFunction: function := draft
build-PublishFunction: function := publish
build-ReindexFunction: function := reindex
build-SourceFunction: function := source

.PHONY: build-ApiFunction build-DraftFunction build-PublishFunction build-ReindexFunction build-SourceFunction
build-ApiFunction build-DraftFunction build-PublishFunction build-ReindexFunction build-SourceFunction:
	$(lambda_go) -o '$(ARTIFACTS_DIR)/bootstrap' ./functions/$(function)
