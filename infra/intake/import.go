package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"akin/infra/feed"
	"akin/recommend"
	"akin/recommend/engine"
)

// batchItems is how many items of a file are stored together.
const batchItems = 1000

// Files is the part of [s3.Client] that an import calls.
type Files interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// A summary counts what became of the records of a file.
type summary struct {
	Stored    int `json:"stored"`
	Unchanged int `json:"unchanged"`
	Stale     int `json:"stale"`
	Rejected  int `json:"rejected"`
	Topics    int `json:"topics"`
}

// File takes in the items and topics of a file that has arrived. What is
// wrong with a record is logged and counted, and the others are stored. It may
// be done again after a failure: what is stored already is unchanged. Items without a version
// count as said when the file was written: what came since stays. Before
// the first generation it starts the rebuild that makes it.
func (im *Importer) File(ctx context.Context, detail []byte) (any, error) {
	var d struct {
		Bucket struct{ Name string }
		Object struct{ Key string }
	}
	if err := json.Unmarshal(detail, &d); err != nil {
		return nil, fmt.Errorf("object created: %w", err)
	}
	key := d.Object.Key
	out, err := im.Files.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.Bucket.Name, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("import s3://%s/%s: %w", d.Bucket.Name, key, err)
	}
	defer out.Body.Close()
	heard := engine.Heard{At: aws.ToTime(out.LastModified)}

	var sum summary
	var items []recommend.Item
	var topics, named []recommend.Topic
	flush := func() error {
		n, err := im.Publisher.NameTopics(ctx, named...)
		if err == nil {
			sum.Topics += n
			err = im.take(ctx, heard, key, items, topics, &sum)
		}
		if err != nil {
			return fmt.Errorf("import %s: %w", key, err)
		}
		items, topics, named = items[:0], topics[:0], named[:0]
		return nil
	}
	for r := range feed.Read(out.Body, key) {
		switch {
		case r.Notice != nil:
			im.Log.WarnContext(ctx, "notice", "file", key, "kind", r.Notice.Kind.Say(max(1, r.Notice.N)), "item", r.ID, "warning", r.Warning)
			if err := im.takeAway(ctx, heard, r); err != nil {
				return nil, fmt.Errorf("import %s: %w", key, errors.Join(err, flush()))
			}
		case r.Cut:
			return nil, fmt.Errorf("import: %w", errors.Join(r.Err, flush()))
		case r.Err != nil:
			sum.Rejected++
			im.Log.WarnContext(ctx, "record rejected", "item", r.ID, "err", r.Err)
		case r.Item != nil:
			items = append(items, *r.Item)
		case r.Topic != nil && r.Foreign:
			named = append(named, *r.Topic)
		case r.Topic != nil:
			topics = append(topics, *r.Topic)
		}
		if len(items)+len(topics)+len(named) == batchItems {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	im.Log.InfoContext(ctx, "file imported", "file", key, "stored", sum.Stored, "unchanged", sum.Unchanged,
		"stale", sum.Stale, "rejected", sum.Rejected, "topics", sum.Topics)
	return sum, im.firstGeneration(ctx, sum)
}

// take stores items and topics. An error is the store's: the rest of the file
// is not tried.
func (im *Importer) take(ctx context.Context, heard engine.Heard, file string, items []recommend.Item, topics []recommend.Topic, sum *summary) error {
	if len(topics) > 0 {
		refused, err := engine.RefusedTopics(im.Publisher.PutTopics(ctx, topics...))
		if err != nil {
			return err
		}
		for _, t := range refused {
			im.Log.WarnContext(ctx, "record rejected", "topic", t.Slug, "err", t)
		}
		sum.Topics += len(topics) - len(refused)
		sum.Rejected += len(refused)
	}
	if len(items) == 0 {
		return nil
	}
	for _, r := range im.Publisher.PutHeard(ctx, heard, items...) {
		switch r.Outcome {
		case recommend.Created, recommend.Replaced:
			sum.Stored++
		case recommend.Unchanged:
			sum.Unchanged++
		case recommend.Stale:
			sum.Stale++
		default:
			var invalid *recommend.InvalidError
			var unstorable *recommend.UnstorableError
			if !errors.As(r.Err, &invalid) && !errors.As(r.Err, &unstorable) {
				return r.Err
			}
			sum.Rejected++
			im.Log.WarnContext(ctx, "record rejected", "file", file, "item", r.ID, "err", r.Err)
		}
	}
	return nil
}

// takeAway withdraws the item of a notice that it is not to be seen, if it is
// stored.
func (im *Importer) takeAway(ctx context.Context, heard engine.Heard, r feed.Record) error {
	if !r.Gone || r.ID == "" {
		return nil
	}
	stored, err := im.Item(ctx, r.ID)
	switch {
	case errors.Is(err, recommend.ErrNotFound):
		return nil
	case err != nil:
		return err
	case stored.Status == recommend.Withdrawn:
		return nil
	}
	return im.Publisher.WithdrawHeard(ctx, heard, r.ID, 0).Err
}

// firstGeneration starts a rebuild if there is no generation and something to
// make one of.
func (im *Importer) firstGeneration(ctx context.Context, sum summary) error {
	if sum.Stored+sum.Unchanged == 0 {
		return nil
	}
	status, err := im.Status(ctx)
	if err != nil || status.Generation != 0 {
		return err
	}
	if _, err := im.Rebuild(ctx, engine.RebuildOptions{}); err != nil && !errors.Is(err, engine.ErrRebuilding) {
		return err
	}
	return nil
}
