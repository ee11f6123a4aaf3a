package dynamo

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A Config says where DynamoDB is and who asks. It is filled by main; nothing
// here reads the environment.
type Config struct {
	Region      string                  // "us-east-1"
	Endpoint    string                  // of DynamoDB; empty: the region's
	Credentials aws.CredentialsProvider // [Static], or any other
	HTTP        aws.HTTPClient          // nil: [HTTPClient]
}

// Client returns a client made by hand, without the search for configuration of
// the SDK's config package, which would double a Lambda's start. It does not
// retry by itself.
func Client(c Config) *dynamodb.Client {
	o := dynamodb.Options{
		Region:                c.Region,
		Credentials:           c.Credentials,
		HTTPClient:            c.HTTP,
		Retryer:               aws.NopRetryer{},
		AccountIDEndpointMode: aws.AccountIDEndpointModeDisabled,
	}
	if c.Endpoint != "" {
		o.BaseEndpoint = &c.Endpoint
	}
	if o.HTTPClient == nil {
		o.HTTPClient = HTTPClient()
	}
	return dynamodb.New(o)
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
