package stack

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"akin/infra/test/moto"
)

// The translated template deploys: every reference leads somewhere and every
// substitution can be made.
func TestDeploy(t *testing.T) {
	b, err := translated()
	if err != nil {
		t.Fatal(err)
	}
	var tpl map[string]any
	if err := json.Unmarshal(b, &tpl); err != nil {
		t.Fatal(err)
	}
	delete(tpl["Outputs"].(map[string]any), "Url") // moto makes no HTTP API
	resources := tpl["Resources"].(map[string]any)
	var functions []string
	for name, r := range resources {
		switch r.(map[string]any)["Type"] {
		case "AWS::Lambda::Permission":
			delete(resources, name) // moto cannot give permission for an alias
		case "AWS::Lambda::Function":
			functions = append(functions, name)
		}
	}
	if b, err = json.Marshal(tpl); err != nil {
		t.Fatal(err)
	}
	// moto makes no aliases either: their functions stand in.
	b = regexp.MustCompile(`\{"Ref":"(\w+)Aliaslive"\}`).ReplaceAll(b, []byte(`{"Fn::GetAtt":["$1","Arn"]}`))

	m := moto.Start(t, 0)
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	if _, err := z.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	files := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &m.URL, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("akin", "akin", "")})
	bucket := "code"
	if _, err := files.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	for _, name := range functions {
		key := name + ".zip"
		if _, err := files.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(code.Bytes())}); err != nil {
			t.Fatal(err)
		}
	}

	formation(t, m, url.Values{"Action": {"CreateStack"}, "StackName": {"akin"}, "TemplateBody": {string(b)}, "Capabilities.member.1": {"CAPABILITY_IAM"}})
	var described struct {
		Stacks []struct {
			StackStatus string
			Outputs     []struct{ OutputKey, OutputValue string } `xml:"Outputs>member"`
		} `xml:"DescribeStacksResult>Stacks>member"`
	}
	if err := xml.Unmarshal(formation(t, m, url.Values{"Action": {"DescribeStacks"}, "StackName": {"akin"}}), &described); err != nil {
		t.Fatal(err)
	}
	if len(described.Stacks) != 1 || described.Stacks[0].StackStatus != "CREATE_COMPLETE" {
		t.Fatalf("stacks: %+v\n%s", described.Stacks, m.Log())
	}
	outputs := map[string]string{}
	for _, o := range described.Stacks[0].Outputs {
		outputs[o.OutputKey] = o.OutputValue
	}
	for key, want := range map[string]string{
		"Store": `^dynamodb://akin-Table-`, "Imports": `^s3://.+/import/$`, "BusName": `^akin$`,
		"RebuildArn":            `:stateMachine:akin-rebuild$`,
		"PublishDeadLettersUrl": `/akin-PublishDeadLetters-`, "IntakeDeadLettersUrl": `/akin-IntakeDeadLetters-`,
	} {
		if !regexp.MustCompile(want).MatchString(outputs[key]) {
			t.Errorf("output %s = %q, want %s", key, outputs[key], want)
		}
	}

	var listed struct {
		Members []struct{ LogicalResourceId, ResourceType string } `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	if err := xml.Unmarshal(formation(t, m, url.Values{"Action": {"DescribeStackResources"}, "StackName": {"akin"}}), &listed); err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for _, l := range listed.Members {
		made[l.ResourceType]++
	}
	want := map[string]int{
		"AWS::DynamoDB::Table": 1, "AWS::IAM::Role": 8, "AWS::Lambda::Function": 5, "AWS::Lambda::Version": 5, "AWS::Lambda::EventSourceMapping": 1,
		"AWS::Events::EventBus": 1, "AWS::Events::Rule": 6, "AWS::Logs::LogGroup": 6, "AWS::S3::Bucket": 1,
		"AWS::SQS::Queue": 2, "AWS::StepFunctions::StateMachine": 1,
	}
	for kind := range made {
		if _, ok := want[kind]; !ok {
			delete(made, kind)
		}
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("resources mismatch (-want +got):\n%s", diff)
	}

	// What moto passes over is known, so that it is known what this proves.
	passed := map[string]bool{}
	for _, line := range regexp.MustCompile(`No Moto CloudFormation support for (AWS::\w+::\w+)`).FindAllStringSubmatch(m.Log(), -1) {
		passed[line[1]] = true
	}
	known := []string{
		"AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage",
		"AWS::AppConfig::Application", "AWS::AppConfig::ConfigurationProfile", "AWS::AppConfig::HostedConfigurationVersion",
		"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup",
		"AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::S3::BucketPolicy", "AWS::SecretsManager::Secret", "AWS::SQS::QueuePolicy",
	}
	for _, kind := range slices.Sorted(maps.Keys(passed)) {
		if !slices.Contains(known, kind) {
			t.Errorf("moto passes over %s", kind)
		}
	}
}

// formation calls CloudFormation of moto and returns the answer.
func formation(t *testing.T, m *moto.Server, form url.Values) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.URL, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// moto chooses service and region by the signature, which it does not check.
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=akin/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %s\n%s", form.Get("Action"), res.Status, b, m.Log())
	}
	return b
}
