package akin

import (
	"context"
	"fmt"
	"strings"

	"akin/infra/dynamo"
	"akin/recommend/engine"
	"akin/recommend/store"
)

type deployCheckCommand struct{}

func (deployCheckCommand) Help() string {
	return `Looks at the table that --store names and reports on everything that akin needs there: keys, stream, time to live,
recovery, protection, billing, items and lists. It changes nothing. The exit status is 1 if something is missing; what
the server does not disclose is reported as unknown and is not a failure.

Example:
  akin deploy-check --store dynamodb://akin`
}

func (deployCheckCommand) Run(ctx context.Context, p *program) error {
	table, ok := strings.CutPrefix(p.storeName, "dynamodb://")
	if !ok {
		return &usageError{"deploy-check looks at a table; give --store dynamodb://TABLE"}
	}
	client, err := tableClient(ctx, table)
	if err != nil {
		return err
	}
	findings, err := dynamo.Inspect(ctx, client, table)
	if err != nil {
		return err
	}
	missing := 0
	say := func(f dynamo.Finding) {
		if f.Verdict == dynamo.Missing {
			missing++
		}
		fmt.Fprintf(p.stdout, "%-8s %s: %s\n", f.Verdict, f.What, f.Detail)
	}
	keys := false
	for _, f := range findings {
		say(f)
		keys = keys || f.What == "keys" && f.Verdict == dynamo.There
	}
	if keys {
		content, err := contents(ctx, dynamo.New(client, table))
		if err != nil {
			return err
		}
		for _, f := range content {
			say(f)
		}
	}
	if missing > 0 {
		return fmt.Errorf("deploy-check: %s missing", count(missing, "thing"))
	}
	return nil
}

// contents looks at what the table holds.
func contents(ctx context.Context, s store.Store) ([]dynamo.Finding, error) {
	if err := engine.ReadableFormat(ctx, s); err != nil {
		return []dynamo.Finding{{What: "format", Verdict: dynamo.Missing, Detail: err.Error()}}, nil
	}
	fs := []dynamo.Finding{{What: "format", Verdict: dynamo.There, Detail: "this program's"}}
	status, err := engine.NewReader(s, engine.ReaderOptions{}).Status(ctx)
	if err != nil {
		return nil, err
	}
	items := dynamo.Finding{What: "items", Verdict: dynamo.There, Detail: count(status.Items, "item")}
	if status.Items == 0 {
		items.Verdict, items.Detail = dynamo.Missing, "none; akin import stores some"
	}
	lists := dynamo.Finding{What: "lists", Verdict: dynamo.There, Detail: fmt.Sprintf("generation %d, %s waiting", status.Generation, count(status.Pending, "change"))}
	if status.Generation == 0 {
		lists.Verdict, lists.Detail = dynamo.Missing, "none; akin reindex makes the first"
	}
	return append(fs, items, lists), nil
}
