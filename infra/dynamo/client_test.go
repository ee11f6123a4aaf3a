package dynamo_test

import (
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

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

func client(h *http.Client, endpoint, region string) *dynamo.Client {
	return dynamo.NewClient(dynamo.Config{Region: region, Endpoint: endpoint, Credentials: dynamo.Static("key", "secret", "session"), HTTP: h})
}

// A write is the request that Amazon's own client makes of it.
func TestRequestIsThatOfTheSDK(t *testing.T) {
	t.Parallel()
	h, endpoint, got := answering(t, ok("{}"), ok("{}"))
	s := dynamo.New(client(h, endpoint, "eu-west-1"), "table", dynamo.WithMeter(func(string, float64, float64) {}))
	put := store.Op{Row: store.Row{
		Key: store.Key{Part: "p<&>\u2028é", Sort: "s"}, Rev: 1 << 60, Data: []byte{0, 1, 255}, Expires: time.Unix(1_900_000_000, 0),
	}, Cond: store.RevIs, Want: 7}
	if err := s.Apply(t.Context(), store.Tx{put})[0]; err != nil {
		t.Fatal(err)
	}
	name, condition := "table", "r = :r"
	sdk := dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, HTTPClient: h, Credentials: dynamo.Static("key", "secret", "session")})
	if _, err := sdk.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &name, ConditionExpression: &condition, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		ExpressionAttributeValues: map[string]types.AttributeValue{":r": &types.AttributeValueMemberN{Value: "7"}},
		Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: put.Row.Part}, "sk": &types.AttributeValueMemberS{Value: "s"},
			"r": &types.AttributeValueMemberN{Value: strconv.Itoa(1 << 60)}, "x": &types.AttributeValueMemberN{Value: "1900000000"},
			"d": &types.AttributeValueMemberB{Value: put.Row.Data},
		},
	}); err != nil {
		t.Fatal(err)
	}
	type request struct {
		Method, Path, Target, Type, Session, Scope string
		Body                                       any
	}
	var said [2]request
	for i, r := range *got {
		// The signatures differ, as those of the SDK cover headers of its own.
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		scope := strings.Split(strings.Split(credential, ",")[0], "/")
		scope[1] = "day"
		said[i] = request{r.Method, r.URL.Path, r.Header.Get("X-Amz-Target"), r.Header.Get("Content-Type"),
			r.Header.Get("X-Amz-Security-Token"), strings.Join(scope, "/"), nil}
		if err := json.NewDecoder(r.Body).Decode(&said[i].Body); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(said[1], said[0]); d != "" {
		t.Errorf("request (-the SDK's +ours):\n%s", d)
	}
	if said[0].Scope != "key/day/eu-west-1/dynamodb/aws4_request" {
		t.Errorf("signed for %s", said[0].Scope)
	}
}

// An answer that was damaged or cut off is asked for again, and so is one of a
// server in between that fails; what was refused is not.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	const item = `{"Item":{"pk":{"S":"p"},"sk":{"S":"a"},"r":{"N":"3"},"d":{"B":"aGk="}}}`
	get := func(answers ...http.HandlerFunc) ([]store.Row, int, error) {
		h, endpoint, got := answering(t, answers...)
		rows, err := dynamo.New(client(h, endpoint, "us-east-1"), "table", eager).Get(t.Context(), store.Strong, row("a", 0, "").Key)
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
	var refused *dynamo.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusForbidden || n != 1 || !strings.Contains(err.Error(), "GetItem: Forbidden (403)") {
		t.Errorf("Get of one that is refused = %v after %d requests", err, n)
	}
}

// A region has its own address; those of China another domain.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1":     "https://dynamodb.us-east-1.amazonaws.com/",
		"us-gov-west-1": "https://dynamodb.us-gov-west-1.amazonaws.com/",
		"cn-north-1":    "https://dynamodb.cn-north-1.amazonaws.com.cn/",
	} {
		var got string
		h := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return nil, errors.New("no net")
		})}
		if _, err := dynamo.New(client(h, "", region), "table", dynamo.WithReadRetries(1, 0)).Get(t.Context(), store.Strong, row("a", 0, "").Key); err == nil {
			t.Error("Get without a net succeeded")
		}
		if got != want {
			t.Errorf("in %s, asked %s, want %s", region, got, want)
		}
	}
}
