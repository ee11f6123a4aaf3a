package sources

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the clock of whoever sends a webhook may be off.
const tolerance = 5 * time.Minute

// ErrSignature says that a webhook is not signed as it must be.
var ErrSignature = errors.New("the signature is wrong: sign webhook-id, webhook-timestamp and the body with the source's secret, as Standard Webhooks says")

// Verify holds a webhook to the secret (Standard Webhooks): header webhook-signature
// has v1 and the base64 of HMAC-SHA256 over "id.timestamp.body", perhaps several
// of them, and webhook-timestamp is within five minutes of now. The error is
// [ErrSignature].
func Verify(secret string, header map[string][]string, body []byte, now time.Time) error {
	get := func(name string) string { return textproto.MIMEHeader(header).Get(name) }
	id, stamp := get("webhook-id"), get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return ErrSignature
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > tolerance || off < -tolerance {
		return ErrSignature
	}
	want, err := mac(secret, id, stamp, body)
	if err != nil {
		return ErrSignature
	}
	for given := range strings.FieldsSeq(get("webhook-signature")) {
		version, sum, _ := strings.Cut(given, ",")
		has, err := base64.StdEncoding.DecodeString(sum)
		if version == "v1" && err == nil && hmac.Equal(has, want) {
			return nil
		}
	}
	return ErrSignature
}

// Sign returns the base64 that [Verify] holds a webhook to, after "v1,". A secret that is not base64
// is an error.
func Sign(secret, id, stamp string, body []byte) (string, error) {
	sum, err := mac(secret, id, stamp, body)
	return base64.StdEncoding.EncodeToString(sum), err
}

func mac(secret, id, stamp string, body []byte) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("the secret is not base64")
	}
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.", id, stamp)
	h.Write(body)
	return h.Sum(nil), nil
}
