// Package site makes the HTTP surface of the Lambda functions that answer
// requests: the same handler, with the roles that API Gateway found out.
package site

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"akin/functions/web"
	"akin/functions/web/serve"
	"akin/functions/wire"
	"akin/infra/gateway"
	"akin/recommend/store"
)

// New completes c from the environment and returns its handler, under the name
// and address that the settings in store say where the environment does not. These
// variables count, besides those of [wire.Env]:
//
//	AKIN_TOKENS   tokens of people who sign in on pages: lines of a token file, parted by semicolons
//	AKIN_SESSION  secret that seals their sessions; functions that share it accept each other's
func New(env wire.Env, store store.Store, log *slog.Logger, c web.Config) (http.Handler, error) {
	tokens, err := serve.ParseTokens(strings.NewReader(strings.ReplaceAll(env("AKIN_TOKENS"), ";", "\n")))
	if err != nil {
		return nil, fmt.Errorf("AKIN_TOKENS: %w", err)
	}
	c.Tokens, c.SessionKey = tokens, []byte(env("AKIN_SESSION"))
	if site := env("AKIN_SITE"); site != "" {
		if c.Site, err = url.Parse(site); err != nil {
			return nil, fmt.Errorf("AKIN_SITE: %w", err)
		}
	}
	c.Authorize, c.Logger = Authorize, log
	c.Version, c.Store = wire.Version(), "dynamodb://"+env("AKIN_TABLE")
	chosen, err := env.Chosen(store)
	if err != nil {
		return nil, err
	}
	return web.Following(c, func(ctx context.Context) (web.Identity, error) {
		site, err := chosen.Site(ctx)
		if err != nil {
			return web.Identity{}, err
		}
		return web.Identity{Name: site.Name, Site: site.Address}, nil
	}), nil
}

// Authorize returns the caller that API Gateway let through and what they may
// do: a principal that signed with IAM everything, since its policy names the
// routes that it may call; the bearer of a verified token what editors may.
func Authorize(r *http.Request) (string, serve.Roles) {
	c, _ := gateway.CallerOf(r.Context())
	switch {
	case c.Principal != "":
		return c.Principal, serve.AllRoles
	case c.Claims != nil:
		return cmp.Or(c.Claims["email"], c.Claims["sub"], "editor"), serve.RoleReader | serve.RoleEditor
	}
	return "", 0
}
