package stack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAlarms(t *testing.T) {
	tpl := template(t)
	got := map[string]bool{}
	for _, name := range tpl.Of("AWS::CloudWatch::Alarm") {
		p := tpl.Resources[name].Properties
		for _, act := range []string{"AlarmActions", "OKActions"} {
			if show(p[act]) != `AlarmsAreSent ? [{"Ref":"AlarmTopicArn"}] : AWS::NoValue` {
				t.Errorf("%s: %s = %s", name, act, show(p[act]))
			}
		}
		metrics := []any{map[string]any{"MetricStat": map[string]any{"Metric": p}}}
		if m, ok := p["Metrics"]; ok {
			metrics = list(m)
		}
		for _, m := range metrics {
			stat, ok := m.(map[string]any)["MetricStat"].(map[string]any)
			if !ok {
				continue // an expression
			}
			metric := stat["Metric"].(map[string]any)
			var dims []string
			for _, d := range list(metric["Dimensions"]) {
				dims = append(dims, show(d.(map[string]any)["Value"]))
			}
			got[fmt.Sprintf("%s %s %s", metric["Namespace"], metric["MetricName"], strings.Join(dims, ","))] = true
		}
	}
	want := []string{
		"AWS/ApiGateway Latency HttpApi", "AWS/ApiGateway 5xx HttpApi",
		"AWS/Lambda IteratorAge PublishFunction,${PublishFunction}:live",
		"AWS/DynamoDB ReadThrottleEvents OwnTable ? Table : UseTable", "AWS/DynamoDB WriteThrottleEvents OwnTable ? Table : UseTable",
		"akin GenerationAge AWS::StackName", "akin ReceiptsWaiting AWS::StackName", "akin DeadLetters AWS::StackName", "akin SilentSources AWS::StackName",
		"AWS/States ExecutionsFailed Rebuild", "AWS/States ExecutionsTimedOut Rebuild", "AWS/States ExecutionsAborted Rebuild",
	}
	for _, f := range tpl.Of("AWS::Lambda::Function") {
		want = append(want, "AWS/Lambda Errors "+f, "AWS/Lambda Throttles "+f)
	}
	for _, name := range []string{"Api", "Draft"} { // of the version that comes into use
		f := name + "Function"
		at := slices.IndexFunc(tpl.Of("AWS::Lambda::Version"), func(v string) bool { return show(tpl.Resources[v].Properties["FunctionName"]) == f })
		version := fmt.Sprintf(`{"Fn::Select":[7,{"Fn::Split":[":",{"Ref":"%s"}]}]}`, tpl.Of("AWS::Lambda::Version")[at])
		want = append(want, fmt.Sprintf("AWS/Lambda Errors %s,${%s}:live,%s", f, f, version), fmt.Sprintf("akin Failures AWS::StackName,%s,%s", strings.ToLower(name), version))
		if name == "Api" {
			want = append(want, fmt.Sprintf("AWS/Lambda Duration %s,${%s}:live,%s", f, f, version))
		}
	}
	for _, q := range tpl.Of("AWS::SQS::Queue") {
		want = append(want, "AWS/SQS ApproximateNumberOfMessagesVisible "+q+".QueueName")
	}
	for _, w := range want {
		if !got[w] {
			t.Errorf("no alarm on %s", w)
		}
		delete(got, w)
	}
	for g := range got {
		t.Errorf("alarm on %s is not known here", g)
	}
	if p := tpl.Resources["ApiSlow"].Properties; p["ExtendedStatistic"] != "p95" || show(p["Threshold"]) != "SlowMilliseconds" {
		t.Errorf("ApiSlow watches %v over %s", p["ExtendedStatistic"], show(p["Threshold"]))
	}
}

func TestDashboard(t *testing.T) {
	body := template(t).Resources["Dashboard"].Properties["DashboardBody"].(map[string]any)["Fn::Sub"].([]any)
	var board struct {
		Widgets []struct {
			Properties struct {
				Title   string
				Metrics [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body[0].(string)), &board); err != nil {
		t.Fatalf("the dashboard is not JSON: %v", err)
	}
	if len(board.Widgets) != 8 {
		t.Errorf("%d widgets, want 8", len(board.Widgets))
	}
	for _, w := range board.Widgets {
		if len(w.Properties.Metrics) == 0 || w.Properties.Title == "" {
			t.Errorf("widget %q shows nothing", w.Properties.Title)
		}
	}
}
