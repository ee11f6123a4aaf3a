package dynamo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A Config says where DynamoDB is and who asks. It is filled by main; nothing
// here reads the environment.
type Config struct {
	Region      string                  // "us-east-1"
	Endpoint    string                  // of DynamoDB; empty: the region's, in the partitions aws, aws-us-gov and aws-cn
	Credentials aws.CredentialsProvider // [Static], or any other
	HTTP        *http.Client            // nil: [HTTPClient]
}

// A Client makes requests of DynamoDB: JSON, signed by Amazon's SDK. It speaks
// for itself because the SDK's own client, with the descriptions of all that
// DynamoDB can do, takes 1.5 MB of a program and 3 ms of its start, and reads
// answers slowly. It does not repeat requests: a [Store] does. It is safe for
// concurrent use.
type Client struct {
	endpoint, region string
	credentials      aws.CredentialsProvider
	http             *http.Client
	signer           *v4.Signer
}

// NewClient returns a client.
func NewClient(c Config) *Client {
	client := &Client{c.Endpoint, c.Region, c.Credentials, c.HTTP, v4.NewSigner()}
	if client.endpoint == "" {
		domain := "amazonaws.com"
		if strings.HasPrefix(c.Region, "cn-") {
			domain += ".cn"
		}
		client.endpoint = "https://dynamodb." + c.Region + "." + domain
	}
	client.endpoint = strings.TrimSuffix(client.endpoint, "/") + "/"
	if client.http == nil {
		client.http = HTTPClient()
	}
	return client
}

// An Error is DynamoDB's refusal of a request, or its failure.
type Error struct {
	Op      string // "PutItem"
	Status  int    // of HTTP
	Code    string // "ResourceNotFoundException"; empty: the answer told none
	Message string // DynamoDB's own

	item    *item    // what is stored, where a condition failed and that was asked for
	reasons []reason // of a cancelled transaction, one for each of its operations
}

// A reason says what became of one operation of a cancelled transaction.
type reason struct{ Code, Message string }

func (e *Error) Error() string {
	code := e.Code
	if code == "" {
		code = http.StatusText(e.Status)
	}
	if e.Message == "" {
		return fmt.Sprintf("%s: %s (%d)", e.Op, code, e.Status)
	}
	return fmt.Sprintf("%s: %s (%d): %s", e.Op, code, e.Status, e.Message)
}

// isCode says whether err is DynamoDB's error of that name.
func isCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// An unanswered is the error of a request that may have been done: it was sent,
// and no whole answer came.
type unanswered struct {
	op  string
	err error
}

func (u *unanswered) Error() string { return u.op + ": " + u.err.Error() }
func (u *unanswered) Unwrap() error { return u.err }

// maxAnswer bounds an answer: those of DynamoDB have 16 MB of rows at most,
// which JSON makes a third longer.
const maxAnswer = 64 << 20

// call makes one request, and unpacks its answer into out unless that is nil. An
// error is an [Error], an unanswered, or one of a request that was never sent.
func (c *Client) call(ctx context.Context, op string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	r.Header.Set("Accept-Encoding", "identity") // the checksum is that of the answer as it is sent
	r.Header.Set("User-Agent", "akin")
	credentials, err := c.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("%s: credentials: %w", op, err)
	}
	sum := sha256.Sum256(body)
	if err := c.signer.SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "dynamodb", c.region, time.Now()); err != nil {
		return fmt.Errorf("%s: sign: %w", op, err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return errPostponed{fmt.Errorf("%s: %w", op, err)}
		}
		return &unanswered{op, err}
	}
	defer answer.Body.Close()
	var buffer bytes.Buffer
	if n := answer.ContentLength; n > 0 && n <= maxAnswer {
		buffer.Grow(int(n) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(answer.Body, maxAnswer)); err != nil {
		return &unanswered{op, fmt.Errorf("read answer: %w", err)}
	}
	content := buffer.Bytes()
	if told := answer.Header.Get("X-Amz-Crc32"); told != "" && told != strconv.FormatUint(uint64(crc32.ChecksumIEEE(content)), 10) {
		return &unanswered{op, errors.New("the answer was damaged on its way: its checksum differs")}
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(op, answer.StatusCode, content)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(content, out); err != nil {
		return &unanswered{op, fmt.Errorf("read answer: %w", err)}
	}
	return nil
}

// refusal returns the error that DynamoDB answered. What is not JSON, as of
// something in between, tells no code.
func refusal(op string, status int, content []byte) error {
	var told struct {
		Type                string `json:"__type"` // "com.amazonaws.dynamodb.v20120810#PutItem"
		Message             string // or message
		Item                *item
		CancellationReasons []reason
	}
	if err := json.Unmarshal(content, &told); err != nil {
		return &Error{Op: op, Status: status}
	}
	return &Error{
		Op: op, Status: status, Code: told.Type[strings.LastIndexByte(told.Type, '#')+1:], Message: told.Message,
		item: told.Item, reasons: told.CancellationReasons,
	}
}

// Static returns fixed credentials, as a Lambda finds them in its environment.
// session may be empty.
func Static(key, secret, session string) aws.CredentialsProvider {
	credentials := aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: session, Source: "akin"}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil })
}

// HTTPClient returns a client that keeps 64 connections to one host open, gives
// up connecting after 1 s, a TLS handshake after 2 s, and waiting for an answer
// after 3 s.
func HTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer.DialContext,
			MaxIdleConns:          64,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   2 * time.Second,
			ResponseHeaderTimeout: 3 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
