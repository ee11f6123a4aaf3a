package dynamo

import (
	"bytes"
	"context"
	"errors"
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

// checking makes reading an answer fail where it was cut off or differs from its
// checksum. The client by itself uses the answer.
type checking struct{ dynamodb.HTTPClient }

func (c checking) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.HTTPClient.Do(r)
	if err == nil {
		answer.Body = checked(answer.Body, answer.Header.Get("X-Amz-Crc32"))
	}
	return answer, err
}

// checked reads an answer to its end, and returns it, or what fails with its
// first byte if it is not whole or does not have the checksum told, if one is: a
// decoder that has its fill before the end would not hear of it.
func checked(body io.ReadCloser, told string) io.ReadCloser {
	b, err := io.ReadAll(body)
	if cerr := body.Close(); err == nil {
		err = cerr
	}
	if err == nil && told != "" && strconv.FormatUint(uint64(crc32.ChecksumIEEE(b)), 10) != told {
		err = errors.New("the answer was damaged on its way: its checksum differs")
	}
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return io.NopCloser(bytes.NewReader(b))
}

// A failing reader has nothing but its error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

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
