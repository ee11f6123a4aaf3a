package dynamo

import (
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// client is the part of [dynamodb.Client] that a Store calls.
type client interface {
	describer
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	UpdateTimeToLive(context.Context, *dynamodb.UpdateTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateTimeToLiveOutput, error)
}

var _ client = (*dynamodb.Client)(nil)

// perCall sets how the client makes each request: once, as a Store repeats them
// itself and must hear of every answer that was lost, and with a checksum that
// counts.
func perCall(o *dynamodb.Options) {
	o.Retryer = aws.NopRetryer{}
	o.DisableValidateResponseChecksum = true
	o.HTTPClient = checking{o.HTTPClient}
}

// checking makes reading an answer fail where it differs from its checksum. The
// client by itself only mentions that in its log, and uses the answer.
type checking struct{ dynamodb.HTTPClient }

func (c checking) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.HTTPClient.Do(r)
	if err == nil {
		if told := answer.Header.Get("X-Amz-Crc32"); told != "" {
			answer.Body = &checked{answer.Body, crc32.NewIEEE(), told}
		}
	}
	return answer, err
}

// checked is the body of an answer with the checksum that it is to have.
type checked struct {
	io.ReadCloser
	sum  hash.Hash32
	told string
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.sum.Write(p[:n]) // never fails
	if err == io.EOF && strconv.FormatUint(uint64(c.sum.Sum32()), 10) != c.told {
		err = errors.New("the answer was damaged on its way: its checksum differs")
	}
	return n, err
}

// HTTPClient returns the HTTP client for a [dynamodb.Client]. It keeps 64
// connections to one host open, and gives up connecting after 1 s, a TLS
// handshake after 2 s, and waiting for an answer after 3 s.
func HTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 64
			t.TLSHandshakeTimeout = 2 * time.Second
			t.ResponseHeaderTimeout = 3 * time.Second
		})
}
