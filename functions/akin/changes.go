package akin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"akin/infra/remote"
	"akin/infra/webhook"
	"akin/recommend"
	"akin/recommend/engine"
)

type changesCommand struct {
	Since  uint64 `help:"Number of the last receipt that you know; those after it are printed." placeholder:"N"`
	Follow bool   `help:"Go on printing what comes, until Ctrl-C."`
	JSON   bool   `name:"json" help:"Print one JSON object a line, as GET /v1/changes answers them."`
}

func (changesCommand) Help() string {
	return `Prints receipts: which related lists of six entries and which pages of topics changed, and what changed them, oldest
first. They are kept for 30 days. Where no akin serve has the store open, akin first looks what changed since the
last receipt; the first receipt of all stands for everything. Where one does, it must have been started with --receipts.

Examples:
  akin changes --since 41
  akin changes --follow --json | purge-cache`
}

// followEvery is how often --follow looks.
const followEvery = 2 * time.Second

func (c *changesCommand) Run(ctx context.Context, p *program) error {
	p.receipts = true
	return p.withStore(ctx, false, func(e *opened) error {
		since := c.Since
		for {
			if _, served := e.store.(*remote.Store); !served {
				if _, err := e.catchUp(ctx); err != nil {
					return err
				}
				if err := e.indexer.Tell(ctx, true); err != nil {
					return err
				}
			}
			all, err := e.reader.Receipts(ctx, since, maxReceiptsRead)
			if errors.Is(err, engine.ErrNoReceipts) {
				return fmt.Errorf("%w; akin reindex makes the first lists, and akin serve --receipts tells of them", err)
			}
			if err != nil {
				return err
			}
			for _, r := range all {
				since = r.Number
				if err := c.print(p, r); err != nil {
					return err
				}
			}
			if len(all) == maxReceiptsRead {
				continue
			}
			if !c.Follow {
				return nil
			}
			select {
			case <-time.After(followEvery):
			case <-ctx.Done():
				return nil
			}
		}
	})
}

const maxReceiptsRead = 100

func (c *changesCommand) print(p *program, r recommend.Receipt) error {
	if c.JSON {
		b, err := json.Marshal(r)
		if err == nil {
			_, err = fmt.Fprintf(p.stdout, "%s\n", b)
		}
		return err
	}
	what := "lists: " + strings.Join(r.Lists, " ") + "; topics: " + strings.Join(r.Topics, " ")
	if r.All {
		what = "everything"
	}
	var why []string
	for _, cause := range r.Causes {
		if cause.Kind == recommend.CauseItem {
			why = append(why, fmt.Sprintf("%s version %d", cause.Item, cause.Version))
		} else {
			why = append(why, string(cause.Kind))
		}
	}
	if r.Omitted > 0 {
		why = append(why, fmt.Sprintf("%d more", r.Omitted))
	}
	_, err := fmt.Fprintf(p.stdout, "%d %s %s (%s)\n", r.Number, r.At.Format(time.RFC3339), what, strings.Join(why, ", "))
	return err
}

type webhooksCommand struct {
	List  webhooksList  `cmd:"" help:"List addresses, how far each is, and the receipts that it never took."`
	Retry webhooksRetry `cmd:"" help:"Send those again."`
	Drop  webhooksDrop  `cmd:"" help:"Forget those."`
}

func (webhooksCommand) Help() string {
	return `akin serve --webhook URL sends receipts to an address. One that the address did not take in fourteen tries, which last
about an hour, is set aside, so that those after it are not held up.

Examples:
  akin webhooks list
  akin webhooks retry`
}

type webhooksList struct{}

func (webhooksList) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		all, err := webhook.List(ctx, e.store)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Fprintln(p.stdout, "There are none: akin serve --webhook URL sends receipts to an address.")
			return nil
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ADDRESS\tRECEIPT\tTRIES\tNOT TAKEN\tLAST ERROR")
		for _, s := range all {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", s.Address, s.Next, s.Tries, s.Dead, s.Error)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		dead, err := webhook.DeadLetters(ctx, e.store)
		for _, d := range dead {
			fmt.Fprintf(p.stdout, "not taken: receipt %d by %s, %s: %s\n", d.Receipt.Number, d.Address, d.At.Format(time.RFC3339), d.Error)
		}
		return err
	})
}

type webhooksRetry struct{}

func (webhooksRetry) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		n, err := webhook.Retry(ctx, e.store)
		if err == nil {
			fmt.Fprintf(p.stdout, "akin serve sends %s again\n", count(n, "receipt"))
		}
		return err
	})
}

type webhooksDrop struct{}

func (webhooksDrop) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		n, err := webhook.Drop(ctx, e.store)
		if err == nil {
			fmt.Fprintf(p.stdout, "dropped %d\n", n)
		}
		return err
	})
}

// sender returns what sends receipts to the addresses that serve was given; nil: there are none.
func (c *serveCommand) sender() (*webhook.Sender, error) {
	if len(c.Webhook) == 0 {
		return nil, nil
	}
	secret := os.Getenv("AKIN_WEBHOOK_SECRET")
	if c.WebhookSecret != "" {
		b, err := os.ReadFile(c.WebhookSecret)
		if err != nil {
			return nil, err
		}
		secret = string(b)
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return nil, &usageError{"--webhook needs a secret to sign with: --webhook-secret FILE, or AKIN_WEBHOOK_SECRET; openssl rand -base64 32 makes one"}
	}
	for _, address := range c.Webhook {
		if err := webhook.Check(address, secret); err != nil {
			return nil, &usageError{"--webhook: " + err.Error()}
		}
	}
	return &webhook.Sender{Secret: secret, To: c.Webhook}, nil
}

// tell writes receipts of what no request waited for, until ctx ends.
func (p *program) tell(ctx context.Context, e *opened) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := e.indexer.Tell(ctx, true); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "receipts are late", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
