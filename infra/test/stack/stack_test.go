package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"akin/infra/test/tools"
)

// translated is template.yaml as CloudFormation, made once for all tests.
var translated = sync.OnceValues(func() ([]byte, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	return Translate(context.Background(), filepath.Join(root, "template.yaml"))
})

var loaded = sync.OnceValues(func() (*Template, error) {
	b, err := translated()
	if err != nil {
		return nil, err
	}
	return parse(b)
})

func template(t *testing.T) *Template {
	t.Helper()
	tpl, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// show renders a value of a template in short: references by their name.
func show(v any) string {
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		for k, x := range m {
			switch k {
			case "Ref":
				return fmt.Sprint(x)
			case "Fn::Sub":
				return fmt.Sprint(x)
			case "Fn::GetAtt":
				l := list(x)
				return fmt.Sprint(l[0], ".", l[1])
			case "Fn::If":
				l := list(x)
				return fmt.Sprintf("%s ? %s : %s", l[0], show(l[1]), show(l[2]))
			}
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// want fails the test for each path of properties that does not show as told.
func want(t *testing.T, tpl *Template, name string, paths map[string]string) {
	t.Helper()
	r, ok := tpl.Resources[name]
	if !ok {
		t.Errorf("%s is missing", name)
		return
	}
	for path, want := range paths {
		var v any = r.Properties
		for step := range strings.SplitSeq(path, ".") {
			switch x := v.(type) {
			case map[string]any:
				v = x[step]
			case []any:
				v = x[0]
				if m, ok := v.(map[string]any); ok {
					v = m[step]
				}
			default:
				v = nil
			}
		}
		if got := show(v); got != want {
			t.Errorf("%s: %s = %s, want %s", name, path, got, want)
		}
	}
}

// cfn-lint is given a template with a reference to nothing beside ours, and
// complains of that one only.
func TestLint(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	python, err := tools.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	const text = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref Nobody}\n"
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const program = "import sys; from cfnlint.runner import main; sys.exit(main())"
	out, err := exec.CommandContext(t.Context(), python, "-c", program, "--format", "parseable", filepath.Join(root, "template.yaml"), broken).CombinedOutput()
	warnings, found := 0, false
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, broken+":") {
			found = true
		} else {
			warnings++
			t.Errorf("cfn-lint: %s", line)
		}
	}
	if err == nil || !found {
		t.Errorf("cfn-lint passes a reference to nothing: %v\n%s", err, out)
	}
	tools.Budget(t, "template: %d warnings of cfn-lint of 0", warnings)
}

func TestRoutes(t *testing.T) {
	got, err := template(t).Routes()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	heads := map[Route]bool{}
	for _, r := range got {
		if r.Method == "HEAD" {
			heads[r] = true
		}
	}
	for _, r := range got {
		if r.Method == "HEAD" {
			continue // as its GET, below
		}
		if head := (Route{"HEAD", r.Path, r.Function, r.Auth}); r.Method == "GET" && !heads[head] {
			t.Errorf("nobody answers HEAD %s as GET is answered", r.Path)
		} else {
			delete(heads, head)
		}
		lines = append(lines, fmt.Sprintf("%-6s %s %s %s", r.Method, r.Path, r.Function, r.Auth))
	}
	want := []string{
		"GET    / ApiFunction anyone",
		"GET    /assets/{name} ApiFunction anyone",
		"GET    /atom.xml ApiFunction anyone",
		"GET    /coverage ApiFunction anyone",
		"POST   /coverage/rebuild ReindexFunction anyone",
		"GET    /coverage/{topic} ApiFunction anyone",
		"GET    /coverage/{topic}/edit ApiFunction anyone",
		"POST   /coverage/{topic}/edit ApiFunction anyone",
		"GET    /curation ApiFunction anyone",
		"POST   /curation ApiFunction anyone",
		"GET    /draft DraftFunction anyone",
		"POST   /draft DraftFunction anyone",
		"GET    /favicon.ico ApiFunction anyone",
		"GET    /feed.json ApiFunction anyone",
		"GET    /feed.xml ApiFunction anyone",
		"GET    /findings ApiFunction anyone",
		"POST   /findings ApiFunction anyone",
		"GET    /healthz ApiFunction anyone",
		"GET    /items/{id} ApiFunction anyone",
		"GET    /items/{id}/edit ApiFunction anyone",
		"POST   /items/{id}/edit ApiFunction anyone",
		"GET    /items/{id}/related ApiFunction anyone",
		"GET    /items/{id}/why DraftFunction anyone",
		"GET    /items/{id}/why/{other} DraftFunction anyone",
		"GET    /openapi.json ApiFunction anyone",
		"GET    /robots.txt ApiFunction anyone",
		"GET    /search DraftFunction anyone",
		"GET    /sign-in ApiFunction anyone",
		"POST   /sign-in ApiFunction anyone",
		"POST   /sign-out ApiFunction anyone",
		"GET    /sitemap.xml ApiFunction anyone",
		"GET    /titles DraftFunction anyone",
		"GET    /topics ApiFunction anyone",
		"GET    /topics/{slug} ApiFunction anyone",
		"GET    /topics/{slug}/atom.xml ApiFunction anyone",
		"GET    /topics/{slug}/feed.json ApiFunction anyone",
		"GET    /topics/{slug}/feed.xml ApiFunction anyone",
		"GET    /v1/changes ApiFunction editors",
		"GET    /v1/coverage ApiFunction editors",
		"GET    /v1/curation/history ApiFunction editors",
		"GET    /v1/dead-letters ApiFunction editors",
		"DELETE /v1/dead-letters/{id} ApiFunction editors",
		"POST   /v1/dead-letters/{id}/retry ApiFunction editors",
		"POST   /v1/events ApiFunction anyone",
		"GET    /v1/findings ApiFunction editors",
		"POST   /v1/findings/{key} ApiFunction editors",
		"POST   /v1/findings/{key}/history/{change}/undo ApiFunction editors",
		"GET    /v1/generations ApiFunction anyone",
		"POST   /v1/items ApiFunction signed",
		"DELETE /v1/items/{id} ApiFunction signed",
		"GET    /v1/items/{id} ApiFunction anyone",
		"PUT    /v1/items/{id} ApiFunction signed",
		"GET    /v1/items/{id}/curation ApiFunction editors",
		"PUT    /v1/items/{id}/curation ApiFunction editors",
		"GET    /v1/items/{id}/curation/history ApiFunction editors",
		"POST   /v1/items/{id}/curation/history/{change}/undo ApiFunction editors",
		"POST   /v1/items/{id}/curation/preview ApiFunction editors",
		"GET    /v1/items/{id}/related ApiFunction anyone",
		"GET    /v1/items/{id}/related/filtered DraftFunction anyone",
		"GET    /v1/items/{id}/why/{other} DraftFunction editors",
		"POST   /v1/reindex ReindexFunction signed",
		"GET    /v1/related ApiFunction anyone",
		"POST   /v1/related DraftFunction editors",
		"POST   /v1/rollback ReindexFunction signed",
		"GET    /v1/search DraftFunction anyone",
		"GET    /v1/settings ApiFunction editors",
		"PUT    /v1/settings ApiFunction editors",
		"GET    /v1/settings/history ApiFunction editors",
		"GET    /v1/sources ApiFunction editors",
		"POST   /v1/sources/{name}/run ApiFunction anyone",
		"GET    /v1/status ApiFunction anyone",
		"GET    /v1/topics ApiFunction anyone",
		"GET    /v1/topics/{slug} ApiFunction anyone",
		"PUT    /v1/topics/{slug} ApiFunction signed",
		"GET    /v1/topics/{slug}/curation ApiFunction editors",
		"PUT    /v1/topics/{slug}/curation ApiFunction editors",
		"GET    /v1/topics/{slug}/curation/history ApiFunction editors",
		"POST   /v1/topics/{slug}/curation/history/{change}/undo ApiFunction editors",
		"POST   /v1/topics/{slug}/curation/preview ApiFunction editors",
		"GET    /v1/topics/{slug}/items ApiFunction anyone",
		"GET    /widget.js ApiFunction anyone",
	}
	for r := range heads {
		t.Errorf("HEAD %s is answered, and GET is not", r.Path)
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("routes mismatch (-want +got):\n%s", diff)
	}
}

func TestAPI(t *testing.T) {
	tpl := template(t)
	want(t, tpl, "Stage", map[string]string{
		"AutoDeploy": "true", "StageName": "$default",
		"DefaultRouteSettings.ThrottlingRateLimit":  "RateLimit",
		"DefaultRouteSettings.ThrottlingBurstLimit": "BurstLimit",
		"AccessLogSettings.DestinationArn":          "AccessLog.Arn",
	})
	var line map[string]string
	format := show(tpl.Resources["Stage"].Properties["AccessLogSettings"].(map[string]any)["Format"])
	if err := json.Unmarshal([]byte(format), &line); err != nil || line["requestId"] != "$context.requestId" {
		t.Errorf("a line of the access log is not JSON with the request's id: %v\n%s", err, format)
	}
	want(t, tpl, "HttpApi", map[string]string{
		"ProtocolType": "HTTP", "CorsConfiguration.AllowOrigins": "AllowedOrigins",
		"CorsConfiguration.AllowCredentials": "null", // cookies stay with their own site
	})
	for _, name := range tpl.Of("AWS::ApiGatewayV2::Integration") {
		want(t, tpl, name, map[string]string{"PayloadFormatVersion": "2.0", "IntegrationType": "AWS_PROXY"})
	}
	want(t, tpl, "Editors", map[string]string{"AuthorizerType": "JWT", "JwtConfiguration.Issuer": "EditorIssuer", "JwtConfiguration.Audience": "EditorAudience"})
	if c := tpl.Resources["Editors"].Condition; c != "EditorsHaveTokens" {
		t.Errorf("Editors exist if %q", c)
	}
}

// What costs most and anybody may ask has limits of its own, and the stage waits
// for the routes that it names.
func TestRouteLimits(t *testing.T) {
	tpl := template(t)
	limits, _ := tpl.Resources["Stage"].Properties["RouteSettings"].(map[string]any)
	routes, err := tpl.Routes()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range routes {
		if r.Function != "DraftFunction" || r.Auth != Anyone || !strings.Contains(r.Path, "search") && !strings.Contains(r.Path, "filtered") {
			continue
		}
		n++
		l, _ := limits[r.Method+" "+r.Path].(map[string]any)
		if show(l["ThrottlingRateLimit"]) != "SearchRateLimit" || show(l["ThrottlingBurstLimit"]) != "SearchBurstLimit" {
			t.Errorf("%s %s has the limits %v", r.Method, r.Path, l)
		}
	}
	if n != 6 || len(limits) != n {
		t.Errorf("%d routes, %d limits, want 6", n, len(limits))
	}
	for _, name := range tpl.Of("AWS::ApiGatewayV2::Route") {
		if _, ok := limits[tpl.Resources[name].Properties["RouteKey"].(string)]; ok && !slices.Contains(tpl.Resources["Stage"].DependsOn, name) {
			t.Errorf("the stage names %s and does not wait for it", name)
		}
	}
}

func TestFunctions(t *testing.T) {
	tpl := template(t)
	if diff := cmp.Diff([]string{"ApiFunction", "DraftFunction", "PublishFunction", "ReindexFunction", "SourceFunction"}, tpl.Of("AWS::Lambda::Function")); diff != "" {
		t.Fatalf("functions mismatch (-want +got):\n%s", diff)
	}
	for _, name := range tpl.Of("AWS::Lambda::Function") {
		short := strings.TrimSuffix(name, "Function")
		want(t, tpl, name, map[string]string{
			"Runtime": "provided.al2023", "Architectures": `["arm64"]`, "Handler": "bootstrap",
			"TracingConfig.Mode": "Active", "Role": short + "Role.Arn",
			"LoggingConfig.LogGroup":           short + "Log",
			"Environment.Variables.AKIN_TABLE": "OwnTable ? Table : UseTable",
		})
		want(t, tpl, short+"Log", map[string]string{"RetentionInDays": "LogDays"})
		if _, ok := tpl.Resources[name+"Aliaslive"]; !ok {
			t.Errorf("%s has no alias", name)
		}
	}
	want(t, tpl, "AccessLog", map[string]string{"RetentionInDays": "LogDays"})
	want(t, tpl, "PublishFunction", map[string]string{"ReservedConcurrentExecutions": "PublishIsReserved ? ReservedPublish : AWS::NoValue"})
	want(t, tpl, "ApiFunction", map[string]string{"ReservedConcurrentExecutions": "ApiIsReserved ? ReservedApi : AWS::NoValue"})
	want(t, tpl, "DraftFunction", map[string]string{"ReservedConcurrentExecutions": "DraftIsReserved ? ReservedDraft : AWS::NoValue"})
	for _, name := range []string{"ApiFunction", "DraftFunction"} {
		want(t, tpl, name, map[string]string{"Environment.Variables.AKIN_PUBLIC": "PublicUrl"})
	}
	for _, name := range []string{"ApiFunction", "DraftFunction", "ReindexFunction"} { // those that ask who is an editor
		want(t, tpl, name, map[string]string{"Environment.Variables.AKIN_EDITORS": "EditorClaim"})
	}
	for _, p := range []string{"ReservedApi", "ReservedDraft", "ReservedPublish"} {
		if got := tpl.Parameters[p]["Default"]; got != -1.0 {
			t.Errorf("%s = %v unless set, want -1 (none)", p, got)
		}
	}
	want(t, tpl, "ApiFunction", map[string]string{"Environment.Variables.AKIN_EVENTS": "CountEvents"})
	if got := tpl.Parameters["CountEvents"]["Default"]; got != "false" {
		t.Errorf("CountEvents = %v unless set, want false", got)
	}
	for name, alarms := range map[string]string{
		"ApiFunction":   `[{"Name":{"Ref":"ApiErrors"}},{"Name":{"Ref":"ApiSlow"}},{"Name":{"Ref":"ApiNewFails"}},{"Name":{"Ref":"ApiNewSlow"}}]`,
		"DraftFunction": `[{"Name":{"Ref":"DraftErrors"}},{"Name":{"Ref":"DraftNewFails"}}]`,
	} {
		want(t, tpl, name+"DeploymentGroup", map[string]string{"AlarmConfiguration.Alarms": alarms, "ServiceRoleArn": "DeploymentRole.Arn"})
	}
	if got := tpl.Parameters["Deployment"]["Default"]; got != "Canary10Percent5Minutes" {
		t.Errorf("a new version comes into use by %v", got)
	}
}

// Every permission that a role gives, in full: one more than is needed is a
// failure here, and the end-to-end tests fail for one too few.
func TestPolicies(t *testing.T) {
	const (
		table   = "OwnTable ? Table.Arn : arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${UseTable}"
		stream  = "OwnTable ? Table.StreamArn : arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${UseTable}/stream/${UseTableStream}"
		machine = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-rebuild"
		runs    = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-rebuild/*"
		logs    = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${%s}:log-stream:*"
		read    = "dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Query"
		write   = read + " dynamodb:PutItem dynamodb:DeleteItem dynamodb:BatchWriteItem dynamodb:ConditionCheckItem"
	)
	always := func(log string) []string {
		return []string{
			"logs:CreateLogStream logs:PutLogEvents -> " + fmt.Sprintf(logs, log),
			"xray:PutTraceSegments xray:PutTelemetryRecords -> *",
		}
	}
	roles := map[string][]string{
		"ApiRole":   append([]string{write + " -> " + table}, always("ApiLog")...),
		"DraftRole": append([]string{read + " -> " + table}, always("DraftLog")...),
		"PublishRole": append([]string{
			write + " -> " + table,
			"dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams -> " + stream,
			"sqs:SendMessage -> PublishDeadLetters.Arn",
		}, always("PublishLog")...),
		"ReindexRole": append([]string{
			write + " -> " + table,
			"s3:GetObject -> ${ImportBucket.Arn}/import/*",
			"states:StartExecution states:ListExecutions -> " + machine,
			"sqs:SendMessage -> IntakeDeadLetters.Arn",
		}, always("ReindexLog")...),
		"SourceRole": append([]string{write + " -> " + table}, always("SourceLog")...),
		"RebuildRole": {
			"lambda:InvokeFunction -> ReindexFunctionAliaslive",
			"states:StartExecution -> " + machine,
			"states:DescribeExecution states:StopExecution states:RedriveExecution -> " + runs,
			"xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets -> *",
		},
		"EventsRole":     {"states:StartExecution -> Rebuild"},
		"ReceiptsPolicy": {"events:PutEvents -> arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${ReceiptsBus}"},
		"DeploymentRole": nil,
	}
	tpl := template(t)
	for _, name := range slices.Concat(tpl.Of("AWS::IAM::Role"), tpl.Of("AWS::IAM::Policy")) {
		want, ok := roles[name]
		if !ok {
			t.Errorf("role %s is not known here", name)
			continue
		}
		statements, err := tpl.Statements(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range statements {
			for _, r := range s.Resource {
				got = append(got, strings.Join(s.Action, " ")+" -> "+show(r))
			}
			if s.Effect != "Allow" {
				t.Errorf("%s: effect %s", name, s.Effect)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s mismatch (-want +got):\n%s", name, diff)
		}
		if managed := tpl.Resources[name].Properties["ManagedPolicyArns"]; managed != nil && name != "DeploymentRole" {
			t.Errorf("%s has policies that AWS may change: %v", name, managed)
		}
	}
}

// A wildcard may stand where the service knows nothing narrower: behind the
// name of a log group, a prefix of objects, a state machine; X-Ray knows no
// resources at all.
func TestNoWildcards(t *testing.T) {
	tpl := template(t)
	tail := regexp.MustCompile(`(:log-stream:|/import/|-rebuild/)\*$`)
	for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"} {
		for _, name := range tpl.Of(kind) {
			statements, err := tpl.Statements(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range statements {
				if s.Effect == "Deny" {
					continue // takes away
				}
				xray := true
				for _, a := range s.Action {
					if strings.Contains(a, "*") {
						t.Errorf("%s allows %s", name, a)
					}
					xray = xray && strings.HasPrefix(a, "xray:")
				}
				for _, r := range s.Resource {
					if got := show(r); strings.Contains(tail.ReplaceAllString(got, "$1"), "*") && !xray {
						t.Errorf("%s allows %v on %s", name, s.Action, got)
					}
				}
			}
		}
	}
}

func TestTable(t *testing.T) {
	tpl := template(t)
	want(t, tpl, "Table", map[string]string{
		"BillingMode":                        "PAY_PER_REQUEST",
		"KeySchema":                          `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`,
		"AttributeDefinitions":               `[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]`,
		"GlobalSecondaryIndexes":             "null",
		"DeletionProtectionEnabled":          "DeletionProtection",
		"SSESpecification.SSEEnabled":        "true",
		"StreamSpecification.StreamViewType": "NEW_IMAGE",
		"TimeToLiveSpecification":            `{"AttributeName":"x","Enabled":true}`,
		"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": "true",
	})
	for _, name := range []string{"Table", "ImportBucket"} {
		if r := tpl.Resources[name]; r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s goes with the stack: %s, %s", name, r.DeletionPolicy, r.UpdateReplacePolicy)
		}
	}
	if got := tpl.Parameters["DeletionProtection"]["Default"]; got != "true" {
		t.Errorf("the table is protected from deletion: %v", got)
	}
}

func TestChangesReachPublish(t *testing.T) {
	tpl := template(t)
	if got := tpl.Of("AWS::Lambda::EventSourceMapping"); len(got) != 1 {
		t.Fatalf("event source mappings: %q", got)
	}
	want(t, tpl, "PublishFunctionChanges", map[string]string{
		"FunctionName":                            "PublishFunctionAliaslive",
		"StartingPosition":                        "TRIM_HORIZON", // nothing accepted is lost
		"ParallelizationFactor":                   "1",            // one writer
		"BatchSize":                               "100",
		"BisectBatchOnFunctionError":              "true",
		"MaximumRetryAttempts":                    "10",
		"FunctionResponseTypes":                   `["ReportBatchItemFailures"]`,
		"FilterCriteria.Filters.Pattern":          `{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":["queue"]}}}}`,
		"DestinationConfig.OnFailure.Destination": "PublishDeadLetters.Arn",
	})
}

func TestNothingFailsUnseen(t *testing.T) {
	tpl := template(t)
	for _, name := range tpl.Of("AWS::SQS::Queue") {
		want(t, tpl, name, map[string]string{"MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true"})
	}
	for _, name := range tpl.Of("AWS::Events::Rule") {
		want(t, tpl, name, map[string]string{"Targets.DeadLetterConfig.Arn": "IntakeDeadLetters.Arn"})
	}
	want(t, tpl, "ReindexFunctionEventInvokeConfig", map[string]string{"DestinationConfig.OnFailure.Destination": "IntakeDeadLetters.Arn", "MaximumRetryAttempts": "2"})

	statements, err := tpl.Statements("IntakeDeadLettersPolicy")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, r := range list(statements[0].Condition["ArnEquals"].(map[string]any)["aws:SourceArn"]) {
		rule := show(r)
		if cut, ok := strings.CutPrefix(rule, "ReceiptsAreTold ? "); ok {
			rule = strings.TrimSuffix(cut, " : AWS::NoValue")
		}
		rules = append(rules, strings.TrimSuffix(rule, ".Arn"))
	}
	slices.Sort(rules)
	if diff := cmp.Diff(tpl.Of("AWS::Events::Rule"), rules); diff != "" {
		t.Errorf("rules that may use the dead-letter queue mismatch (-want +got):\n%s", diff)
	}
}

func TestEvents(t *testing.T) {
	tpl := template(t)
	want(t, tpl, "FileArrived", map[string]string{
		"EventPattern": `{"detail":{"bucket":{"name":[{"Ref":"ImportBucket"}]},"object":{"key":[{"prefix":"import/"}]}},"detail-type":["Object Created"],"source":["aws.s3"]}`,
		"Targets.Arn":  "ReindexFunctionAliaslive",
	})
	want(t, tpl, "ItemEvents", map[string]string{
		"EventBusName": "Bus.Name", "EventPattern.detail-type": `["item.published","item.withdrawn"]`, "Targets.Arn": "ReindexFunctionAliaslive",
	})
	want(t, tpl, "RebuildEvents", map[string]string{
		"EventBusName": "Bus.Name", "EventPattern.detail-type": `["rebuild.requested"]`, "Targets.Arn": "Rebuild", "Targets.RoleArn": "EventsRole.Arn",
	})
	want(t, tpl, "Weekly", map[string]string{"ScheduleExpression": "RebuildSchedule", "Targets.Arn": "Rebuild", "Targets.RoleArn": "EventsRole.Arn"})
	want(t, tpl, "Watch", map[string]string{"ScheduleExpression": "rate(1 hour)", "Targets.Arn": "ReindexFunctionAliaslive", "Targets.Input": `{"step":"watch"}`})
	want(t, tpl, "SourcesDue", map[string]string{"ScheduleExpression": "rate(1 minute)", "Targets.Arn": "SourceFunctionAliaslive"})
	want(t, tpl, "SourcesDuePermission", map[string]string{"FunctionName": "SourceFunctionAliaslive", "Principal": "events.amazonaws.com", "SourceArn": "SourcesDue.Arn"})
	for _, name := range []string{"FileArrived", "ItemEvents", "Watch"} {
		want(t, tpl, name+"Permission", map[string]string{"FunctionName": "ReindexFunctionAliaslive", "Principal": "events.amazonaws.com", "SourceArn": name + ".Arn"})
	}
}

// Receipts are off unless they are asked for: nothing of theirs is there then, neither a permission nor a
// clock, and no alarm. With them, that nobody measures is as bad as that they wait.
func TestReceipts(t *testing.T) {
	tpl := template(t)
	if got := tpl.Parameters["Receipts"]["Default"]; got != "false" {
		t.Errorf("Receipts = %v unless set, want false", got)
	}
	if got := show(tpl.Conditions["ReceiptsAreTold"]); got != `{"Fn::Equals":[{"Ref":"Receipts"},"true"]}` {
		t.Errorf("receipts are told if %s", got)
	}
	for _, name := range []string{"ReceiptsPolicy", "ReceiptsDue", "ReceiptsDuePermission", "ReceiptsLate"} {
		if got := tpl.Resources[name].Condition; got != "ReceiptsAreTold" {
			t.Errorf("%s is there if %q", name, got)
		}
	}
	want(t, tpl, "ReceiptsPolicy", map[string]string{"Roles": `[{"Ref":"PublishRole"}]`})
	want(t, tpl, "ReceiptsDue", map[string]string{"ScheduleExpression": "rate(1 minute)", "Targets.Arn": "PublishFunctionAliaslive", "Targets.Input": `{"step":"tell"}`})
	want(t, tpl, "ReceiptsDuePermission", map[string]string{"FunctionName": "PublishFunctionAliaslive", "Principal": "events.amazonaws.com", "SourceArn": "ReceiptsDue.Arn"})
	want(t, tpl, "ReceiptsLate", map[string]string{"Statistic": "Minimum", "Period": "60", "EvaluationPeriods": "5", "Threshold": "1", "TreatMissingData": "breaching"})
	want(t, tpl, "PublishFunction", map[string]string{"Environment.Variables.AKIN_RECEIPTS": "Receipts", "Environment.Variables.AKIN_BUS": "ReceiptsBus"})
	want(t, tpl, "ApiFunction", map[string]string{"Environment.Variables.AKIN_RECEIPTS": "Receipts"})
}

func TestImportBucket(t *testing.T) {
	tpl := template(t)
	want(t, tpl, "ImportBucket", map[string]string{
		"PublicAccessBlockConfiguration": `{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}`,
		"BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault": `{"SSEAlgorithm":"AES256"}`,
		"LifecycleConfiguration.Rules.ExpirationInDays":                                    "30",
		"OwnershipControls.Rules.ObjectOwnership":                                          "BucketOwnerEnforced",
		"NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled":            "true",
	})
	statements, err := tpl.Statements("ImportBucketPolicy")
	if err != nil {
		t.Fatal(err)
	}
	if len(statements) != 1 || statements[0].Effect != "Deny" || show(statements[0].Condition) != `{"Bool":{"aws:SecureTransport":"false"}}` {
		t.Errorf("the bucket's policy is not to refuse what comes without TLS: %v", statements)
	}
}

// A first deployment needs no answers but the name of the stack.
// parameters adds the template's parameters that a value names, by reference, in a
// substitution, or in the condition of an If.
func (t *Template) parameters(v any, into map[string]bool) {
	name := func(s string) {
		if _, ok := t.Parameters[s]; ok {
			into[s] = true
		}
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			t.parameters(x, into)
		}
	case map[string]any:
		for key, x := range v {
			switch s, _ := x.(string); {
			case key == "Ref" && s != "":
				name(s)
			case key == "Fn::Sub" && s != "":
				for _, m := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(s, -1) {
					name(m[1])
				}
			case key == "Fn::If":
				t.parameters(t.Conditions[list(x)[0].(string)], into)
				t.parameters(list(x)[1:], into)
			default:
				t.parameters(x, into)
			}
		}
	}
}

// What readers ask is the version behind the alias, which keeps the environment that it was
// published with. So each parameter that a function's configuration names must make a new
// version, and each new version must differ from the last, or CloudFormation refuses it.
func TestParametersReachFunctions(t *testing.T) {
	tpl := template(t)
	follows := map[string]bool{} // parameters that make a new number of the configuration
	tpl.parameters(tpl.Resources["Configuration"].Properties["Content"], follows)
	for _, name := range tpl.Of("AWS::Lambda::Function") {
		versioned := maps.Clone(tpl.Resources[name].Properties)
		delete(versioned, "ReservedConcurrentExecutions") // the function's own, whatever the version
		delete(versioned, "Tags")
		named := map[string]bool{}
		tpl.parameters(versioned, named)
		for p := range named {
			if !follows[p] {
				t.Errorf("%s: a change of %s would not reach it: the template's Configuration does not name it", name, p)
			}
		}
		want(t, tpl, name, map[string]string{"Environment.Variables.AKIN_CONFIGURATION": "Configuration"})
		at := slices.IndexFunc(tpl.Of("AWS::Lambda::Version"), func(v string) bool { return show(tpl.Resources[v].Properties["FunctionName"]) == name })
		if at < 0 {
			t.Fatalf("%s has no version", name)
		}
		if got := show(tpl.Resources[tpl.Of("AWS::Lambda::Version")[at]].Properties["Description"]); got != "configuration ${Configuration}" {
			t.Errorf("the version of %s does not follow the configuration: %s", name, got)
		}
	}
	if len(follows) < 6 {
		t.Errorf("the configuration names only %v", follows)
	}
}

func TestParameters(t *testing.T) {
	for name, p := range template(t).Parameters {
		if _, ok := p["Default"]; !ok || p["Description"] == nil {
			t.Errorf("parameter %s has no default or no description", name)
		}
	}
	for name, o := range template(t).Outputs {
		if o["Description"] == nil {
			t.Errorf("output %s has no description", name)
		}
	}
}
