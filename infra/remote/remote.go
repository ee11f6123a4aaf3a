// Package remote lets several processes use a store that one of them has open.
// The one that holds the file offers it on a Unix socket beside it ([Server]);
// the others use it from there ([Store], a [store.Store]). The server's own
// store runs every read and write, so what it knows of itself, such as its
// version, stays true.
//
// It is HTTP over the socket, each call of a store a request with a short binary
// message. A client first begins a session, an answer that stays open for as
// long as both live. So each side learns at once that the other has ended, even
// killed; the server frees what the client held, and knows that it need not be
// waited for. What a store answers is what counts: a call that was cut off may
// have happened or not, as [store.Store] says, and never by half.
//
// Sessions are of three uses. A live one reads and writes. A snapshot reads the
// store as it was at one moment. And what only one process should do at a time
// goes through the server: turns of publishers, and the indexing of changes.
package remote

import (
	"errors"
	"fmt"

	"akin/recommend/store"
)

// protocol is the number of what is spoken over the socket. Programs of other
// numbers refuse each other.
const protocol = 1

const (
	sessionHeader = "Akin-Session"

	pathSession  = "/session"
	pathGet      = "/get"
	pathQuery    = "/query"
	pathApply    = "/apply"
	pathVersion  = "/version"
	pathLiving   = "/living"
	pathTurn     = "/turn"
	pathTurnOver = "/turn/over"
	pathCatchUp  = "/catch-up"
	pathBackup   = "/backup"
)

var (
	// ErrNotServed is wrapped by the error of [Dial] where nobody offers the store.
	ErrNotServed = errors.New("not being served")

	// ErrLost is wrapped where the server ended under a client. A write that it
	// did not answer may have happened.
	ErrLost = errors.New("the akin that served it has ended; what was done so far is kept, run this again")
)

// A greeting is the first line of a session's answer.
type greeting struct {
	Protocol int          `json:"protocol"`
	Version  string       `json:"version"` // of akin
	Session  string       `json:"session,omitempty"`
	Limits   store.Limits `json:"limits"`
	Error    string       `json:"error,omitempty"`
}

// check returns an error unless a client of that version can use the server.
func (g *greeting) check(path, version string) error {
	if g.Protocol != protocol || g.Version != version {
		return fmt.Errorf("%s: is served by akin %s (protocol %d), and this is akin %s (protocol %d); end the server, or use its program",
			path, g.Version, g.Protocol, version, protocol)
	}
	if g.Error != "" {
		return fmt.Errorf("%s: %s", path, g.Error)
	}
	return nil
}
