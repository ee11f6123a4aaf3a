package dynamo_test

import (
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"akin/infra/dynamo"
	"akin/recommend/store"
)

// answering returns a client of a server that answers requests in turn, and the
// bodies and headers that the server was sent.
func answering(t *testing.T, answers ...http.HandlerFunc) (*http.Client, string, *[]*http.Request) {
	t.Helper()
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		got = append(got, r)
		if len(got) > len(answers) {
			t.Errorf("request %d: %s", len(got), body)
			return
		}
		answers[len(got)-1](w, r)
	}))
	t.Cleanup(server.Close)
	return server.Client(), server.URL, &got
}

func ok(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10))
		_, _ = io.WriteString(w, body)
	}
}

func client(h dynamodb.HTTPClient, endpoint *string, region string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: region, BaseEndpoint: endpoint, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "session"), HTTPClient: h,
	})
}

// An answer that was damaged or cut off is asked for again, and so is one of a
// server in between that fails; what was refused is not.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	const item = `{"Item":{"pk":{"S":"p"},"sk":{"S":"a"},"r":{"N":"3"},"d":{"B":"aGk="}}}`
	get := func(answers ...http.HandlerFunc) ([]store.Row, int, error) {
		h, endpoint, got := answering(t, answers...)
		rows, err := dynamo.New(client(h, &endpoint, "us-east-1"), "table", eager).Get(t.Context(), store.Strong, row("a", 0, "").Key)
		return rows, len(*got), err
	}
	damaged := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Crc32", "1")
		_, _ = io.WriteString(w, item)
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, item)
	}
	gateway := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>")
	}
	rows, n, err := get(damaged, cut, ok("{not JSON"), gateway, ok(item))
	if err != nil || n != 5 || string(rows[0].Data) != "hi" || rows[0].Rev != 3 {
		t.Errorf("Get after four broken answers = %v, %v after %d requests", rows, err, n)
	}

	forbidden := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "nothing for you")
	}
	_, n, err = get(forbidden)
	if err == nil || n != 1 || !strings.Contains(err.Error(), "GetItem, https response error StatusCode: 403") {
		t.Errorf("Get of one that is refused = %v after %d requests", err, n)
	}
}
