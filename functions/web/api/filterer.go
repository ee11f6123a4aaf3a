package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"akin/recommend"
)

const (
	filterTime = 10 * time.Second // for the function that holds the index to start and to answer
	filterSize = 4 << 20          // bytes of an answer of 50 entries, at most
)

// FilteredBy returns what asks the API at base for answers from the index in
// memory, as anybody may.
func FilteredBy(base string) Filterer {
	client := &http.Client{Timeout: filterTime}
	return func(ctx context.Context, id string, query url.Values) (*recommend.Related, string, error) {
		address := strings.TrimRight(base, "/") + strings.Replace(FilteredPath, "{id}", url.PathEscape(id), 1) + "?" + query.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, "", fmt.Errorf("ask the index: %w", err)
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, "", fmt.Errorf("ask the index: %w", err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, "", fmt.Errorf("ask the index: status %d", res.StatusCode)
		}
		rel := &recommend.Related{}
		if err := json.NewDecoder(io.LimitReader(res.Body, filterSize)).Decode(rel); err != nil {
			return nil, "", fmt.Errorf("ask the index: %w", err)
		}
		return rel, res.Header.Get("Cache-Control"), nil
	}
}
