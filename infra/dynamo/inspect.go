package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// describer is the part of [dynamodb.Client] that [Inspect] calls.
type describer interface {
	DescribeContinuousBackups(context.Context, *dynamodb.DescribeContinuousBackupsInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeContinuousBackupsOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error)
}

// A Finding is one thing that a table for akin is to have.
type Finding struct {
	What    string // "time to live on x"
	Verdict Verdict
	Detail  string // how it is, or what to do
}

// A Verdict says whether a table has something.
type Verdict string

const (
	There   Verdict = "ok"
	Missing Verdict = "missing"
	Untold  Verdict = "unknown" // the server does not say
)

// Inspect holds a table to what template.yaml makes: keys, stream, time to live,
// recovery, protection, encryption, billing. It changes nothing. An error is that
// of a table which cannot be described.
func Inspect(ctx context.Context, c describer, name string) ([]Finding, error) {
	out, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if isCode(err, "ResourceNotFoundException") {
		return nil, fmt.Errorf("table %s is not there", name)
	}
	if err != nil {
		return nil, fmt.Errorf("describe table %s: %w", name, err)
	}
	t := out.Table
	var fs []Finding
	add := func(what string, ok bool, is, fix string) {
		f := Finding{what, There, is}
		if !ok {
			f.Verdict, f.Detail = Missing, fix
		}
		fs = append(fs, f)
	}
	add("keys", checkKeys(t) == nil, "pk and sk, both strings", "they are others than pk and sk, both strings: make another table")
	add("status", t.TableStatus == types.TableStatusActive || t.TableStatus == types.TableStatusUpdating,
		string(t.TableStatus), string(t.TableStatus)+": wait until it is ACTIVE")
	s := t.StreamSpecification
	if s == nil || !aws.ToBool(s.StreamEnabled) {
		add("stream", false, "", "none; turn one of NEW_IMAGE on, or no publish changes any list")
	} else {
		view := s.StreamViewType
		add("stream", view == types.StreamViewTypeNewImage || view == types.StreamViewTypeNewAndOldImages,
			string(view), fmt.Sprintf("it is %s; make it NEW_IMAGE, or no publish changes any list", view))
	}
	live, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return nil, fmt.Errorf("describe time to live of %s: %w", name, err)
	}
	ttl := live.TimeToLiveDescription
	on := aws.ToString(ttl.AttributeName) == "x" && (ttl.TimeToLiveStatus == types.TimeToLiveStatusEnabled || ttl.TimeToLiveStatus == types.TimeToLiveStatusEnabling)
	add("time to live", on, "on x", "off; turn it on for the attribute x")
	backup, err := recovery(ctx, c, name)
	if err != nil {
		return nil, err
	}
	fs = append(fs, backup)
	add("deletion protection", aws.ToBool(t.DeletionProtectionEnabled), "on", "off; turn it on")
	sse := "with a key of DynamoDB's own" // always so unless told otherwise
	if s := t.SSEDescription; s != nil && (s.Status == types.SSEStatusEnabled || s.Status == types.SSEStatusUpdating) {
		sse = "with a key of KMS"
	}
	add("encryption", true, sse, "")
	billing := t.BillingModeSummary
	add("billing", billing != nil && billing.BillingMode == types.BillingModePayPerRequest,
		"by request", "provisioned; PAY_PER_REQUEST suits rebuilds, which write much and seldom")
	return fs, nil
}

// recovery looks for point-in-time recovery, of which DynamoDB Local knows
// nothing.
func recovery(ctx context.Context, c describer, name string) (Finding, error) {
	f := Finding{What: "point-in-time recovery", Verdict: Missing, Detail: "off; turn it on"}
	out, err := c.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	switch {
	case isCode(err, "UnknownOperationException"):
		return Finding{f.What, Untold, "cannot be told here"}, nil
	case isCode(err, "AccessDeniedException"):
		return Finding{f.What, Untold, "not allowed to look: dynamodb:DescribeContinuousBackups"}, nil
	case err != nil:
		return f, fmt.Errorf("describe backups of %s: %w", name, err)
	}
	if d := out.ContinuousBackupsDescription.PointInTimeRecoveryDescription; d != nil && d.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled {
		f.Verdict, f.Detail = There, "on"
	}
	return f, nil
}
