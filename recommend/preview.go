package recommend

import (
	"context"
	"encoding/json"
	"fmt"
)

// Preview answers as [Reader.Related] would if c were what editors decided for
// the item's work. Nothing is stored. The items that c names need not exist,
// and that c excludes the work shows on other pages only.
func (r *Reader) Preview(ctx context.Context, id string, c Curation, q Query) (*Related, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("preview %q: %w", id, err)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("preview %q: %w", id, err)
	}
	answer, err := r.related(ctx, id, q, &Row{Data: data, Rev: 1})
	if err != nil {
		return nil, fmt.Errorf("preview %q: %w", id, err)
	}
	return answer, nil
}
