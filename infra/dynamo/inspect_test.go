package dynamo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/dynamo"
)

// What AWS says of a table, and DynamoDB Local does not, is understood.
func TestInspect(t *testing.T) {
	t.Parallel()
	const keys = `"TableStatus": "ACTIVE",
		"KeySchema": [{"AttributeName": "sk", "KeyType": "RANGE"}, {"AttributeName": "pk", "KeyType": "HASH"}],
		"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}]`
	refused := func(code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type": "com.amazon.coral.service#`+code+`", "Message": "no"}`)
		}
	}
	for _, tt := range []struct {
		name                 string
		table, live, backups http.HandlerFunc
		want                 string
	}{
		{
			"as template.yaml makes it",
			ok(`{"Table": {` + keys + `, "DeletionProtectionEnabled": true, "SSEDescription": {"Status": "ENABLED"},
				"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}}`),
			ok(`{"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "x"}}`),
			ok(`{"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}}`),
			`ok keys: pk and sk, both strings
ok status: ACTIVE
ok stream: NEW_IMAGE
ok time to live: on x
ok point-in-time recovery: on
ok deletion protection: on
ok encryption: with a key of KMS
ok billing: by request`,
		},
		{
			"as somebody made it by hand",
			ok(`{"Table": {"TableStatus": "CREATING", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
				"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"}}}`),
			ok(`{"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}}`),
			ok(`{"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}}`),
			`missing keys: they are others than pk and sk, both strings: make another table
missing status: CREATING: wait until it is ACTIVE
missing stream: it is KEYS_ONLY; make it NEW_IMAGE, or no publish changes any list
missing time to live: off; turn it on for the attribute x
missing point-in-time recovery: off; turn it on
missing deletion protection: off; turn it on
ok encryption: with a key of DynamoDB's own
missing billing: provisioned; PAY_PER_REQUEST suits rebuilds, which write much and seldom`,
		},
		{
			"where looking at backups is not allowed, and there is no stream",
			ok(`{"Table": {` + keys + `, "DeletionProtectionEnabled": true, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}}`),
			ok(`{"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLING", "AttributeName": "x"}}`),
			refused("AccessDeniedException"),
			`ok keys: pk and sk, both strings
ok status: ACTIVE
missing stream: none; turn one of NEW_IMAGE on, or no publish changes any list
ok time to live: on x
unknown point-in-time recovery: not allowed to look: dynamodb:DescribeContinuousBackups
ok deletion protection: on
ok encryption: with a key of DynamoDB's own
ok billing: by request`,
		},
	} {
		h, endpoint, got := answering(t, tt.table, tt.live, tt.backups)
		findings, err := dynamo.Inspect(t.Context(), client(h, &endpoint, "us-east-1"), "akin")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var lines []string
		for _, f := range findings {
			lines = append(lines, string(f.Verdict)+" "+f.What+": "+f.Detail)
		}
		if d := cmp.Diff(strings.Split(tt.want, "\n"), lines); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
		for _, r := range *got {
			if target := r.Header.Get("X-Amz-Target"); !strings.HasPrefix(target, "DynamoDB_20120810.Describe") {
				t.Errorf("%s: asked for %s", tt.name, target)
			}
		}
	}

	h, endpoint, _ := answering(t, refused("ResourceNotFoundException"))
	if _, err := dynamo.Inspect(t.Context(), client(h, &endpoint, "us-east-1"), "akin"); err == nil || err.Error() != "table akin is not there" {
		t.Errorf("Inspect of no table = %v", err)
	}
}
