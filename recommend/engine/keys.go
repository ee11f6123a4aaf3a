package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"
	"time"

	"akin/recommend/store"
)

// The rows of a store. Rows that are read together for one item, or written
// by every publish, are spread over parts, as a DynamoDB partition takes 1,000
// writes and 3,000 reads a second.
//
//	part                  sort           holds
//	meta                  format         the format of the store
//	meta                  head           head: generation in use, lease, last change done
//	meta                  counter        counter: last numbers given, items counted
//	meta                  reserved       the first number that was given to an item from a block
//	meta                  exclusions     groups never shown beside others
//	meta                  secret         what seals cursors
//	meta                  settings       what the site says of itself
//	id/<0-63>             id             its number and translation group
//	item/<0-63>           number         record: card, version, status
//	body/<0-63>           number         body text, never shown
//	terms/<hash>/<0-15>   number         termList under the text settings of that hash
//	group/<0-15>          id             the language versions of an original
//	heard/<0-63>          id             when the publishing system said what is stored
//	alias/<0-63>          sha-256        the ids of an address or former id
//	topic                 slug           Topic
//	list/<slug>           order, id      listing entry; slug empty: the whole site
//	embargo               time, number   an item that will be visible then
//	queue                 random         items that changed, until the indexer numbers these changes
//	change                number         an item that changed, or several: the row is that of the last one's number
//	dead                  number         a change that failed
//	curation/<0-15>       id             Curation, by the original's id
//	topic                 slug, U+0001   TopicCuration
//	meta                  merges         topics that count as others
//	history/i/<id>        number         Change of a Curation
//	history/t/<slug>      number         Change of a TopicCuration
//	history/settings      number         Change of the settings
//	finding               hash           WorkedFinding, by what the finding is about
//	history/f/<hash>      number         Change of a WorkedFinding
//	generation            number         generation
//	source, source/<name> name, hash     of package sources
//	meta                  edits          other bytes after every decision of editors and description of topics
//	meta                  told           tellerState: how far receipts are
//	told/<0-63>           id             shownWork, by the original's id
//	told/topics           slug           digest of a topic's page, but for its items
//	receipt               number         Receipt; gone after 30 days
//	stat/<gen>            chunk          statistics
//	rel/<gen>/<0-63>      id             related list
//	count/<0-15>          day, lists     what readers saw and followed in some lists; gone after 90 days
const (
	itemShards  = 64
	termShards  = 16
	countShards = 16
)

var (
	headKey       = store.Key{Part: "meta", Sort: "head"}
	counterKey    = store.Key{Part: "meta", Sort: "counter"}
	formatKey     = store.Key{Part: "meta", Sort: "format"}
	exclusionsKey = store.Key{Part: "meta", Sort: "exclusions"}
	mergesKey     = store.Key{Part: "meta", Sort: "merges"}
	secretKey     = store.Key{Part: "meta", Sort: "secret"}
	settingsKey   = store.Key{Part: "meta", Sort: "settings"}
	editsKey      = store.Key{Part: "meta", Sort: "edits"}
	toldKey       = store.Key{Part: "meta", Sort: "told"}
)

const (
	// ChangePart is the part of change rows.
	ChangePart = "change"

	topicPart       = "topic"
	findingPart     = "finding"
	settingsHistory = "history/settings"
	embargoPart     = "embargo"
	deadPart        = "dead"
	generationPart  = "generation"
	toldTopicPart   = "told/topics"

	// ReceiptPart is the part of receipts.
	ReceiptPart = "receipt"
)

func shard(name string, n uint64, s string) store.Key {
	h := fnv.New32a()
	h.Write([]byte(s))
	return store.Key{Part: name + "/" + strconv.FormatUint(uint64(h.Sum32())%n, 10), Sort: s}
}

func idKey(id string) store.Key      { return shard("id", itemShards, id) }
func heardKey(id string) store.Key   { return shard("heard", itemShards, id) }
func groupKey(root string) store.Key { return shard("group", termShards, root) }
func curationKey(g string) store.Key { return shard("curation", termShards, g) }
func topicKey(slug string) store.Key { return store.Key{Part: topicPart, Sort: slug} }
func itemHistory(g string) string    { return "history/i/" + g }
func topicHistory(s string) string   { return "history/t/" + s }
func findingHistory(k string) string { return "history/f/" + k }
func findingKey(k string) store.Key  { return store.Key{Part: findingPart, Sort: k} }
func recordKey(n uint32) store.Key   { return numbered("item", itemShards, n) }
func bodyKey(n uint32) store.Key     { return numbered("body", itemShards, n) }
func changeKey(n uint64) store.Key   { return store.Key{Part: ChangePart, Sort: fmt.Sprintf("%016x", n)} }
func deadKey(n uint64) store.Key     { return store.Key{Part: deadPart, Sort: fmt.Sprintf("%016x", n)} }
func generationKey(g int) store.Key {
	return store.Key{Part: generationPart, Sort: fmt.Sprintf("%08d", g)}
}
func chunkKey(g, chunk int) store.Key {
	return store.Key{Part: "stat/" + strconv.Itoa(g), Sort: fmt.Sprintf("%06d", chunk)}
}

// topicCurationKey lies right after the topic's own, so that one scan reads both.
func topicCurationKey(slug string) store.Key {
	return store.Key{Part: topicPart, Sort: slug + topicCurated}
}

const topicCurated = "\x01" // which no slug holds

func historyKey(part string, n uint64) store.Key {
	return store.Key{Part: part, Sort: fmt.Sprintf("%016x", n)}
}

// countKey is the key of one of the rows that a bucket of lists has on a day.
func countKey(day string, bucket uint8, spread int) store.Key {
	return store.Key{Part: "count/" + strconv.Itoa(int(bucket%countShards)), Sort: fmt.Sprintf("%s %02x %d", day, bucket, spread)}
}

func termsKey(hash string, n uint32) store.Key { return numbered("terms/"+hash, termShards, n) }

func shownKey(work string) store.Key { return shard("told", itemShards, work) }

func toldTopicKey(slug string) store.Key { return store.Key{Part: toldTopicPart, Sort: slug} }

func receiptKey(n uint64) store.Key {
	return store.Key{Part: ReceiptPart, Sort: fmt.Sprintf("%016x", n)}
}

func relatedKey(g int, id string) store.Key { return shard("rel/"+strconv.Itoa(g), itemShards, id) }

// numbered spreads rows by their number.
func numbered(name string, shards, n uint32) store.Key {
	var sort [8]byte
	for i := range sort {
		sort[i] = "0123456789abcdef"[n>>(28-4*i)&15]
	}
	return store.Key{Part: name + "/" + strconv.FormatUint(uint64(n%shards), 10), Sort: string(sort[:])}
}

// parts are all parts that numbered or shard spread rows over.
func parts(name string, shards int) []string {
	ps := make([]string, shards)
	for i := range ps {
		ps[i] = name + "/" + strconv.Itoa(i)
	}
	return ps
}

// lastInstant is the end of the year 9999 in milliseconds.
const lastInstant = 253402300800000

// order is the beginning of the sort of a listing row: later sort dates first,
// items without one last.
func order(sortDate int64) string {
	if sortDate == noDate {
		return "fffffffffffff"
	}
	return fmt.Sprintf("%013x", lastInstant-sortDate)
}

// listPart is the part of a topic's listing rows. Slugs are at most 128 bytes.
func listPart(slug string) string { return "list/" + slug }

func listKey(slug string, sortDate int64, id string) store.Key {
	return store.Key{Part: listPart(slug), Sort: order(sortDate) + " " + id}
}

func embargoKey(from time.Time, n uint32) store.Key {
	return store.Key{Part: embargoPart, Sort: fmt.Sprintf("%013x %08x", from.UnixMilli()-minInstant, n)}
}

// minInstant is before every time that an item may name.
const minInstant = -62135596800000

func aliasKey(address string) store.Key {
	sum := sha256.Sum256([]byte(address))
	return shard("alias", itemShards, hex.EncodeToString(sum[:16]))
}

// normalAddress is the form of addresses by which older versions of akin found
// items; see pageOf. It brings those that mean one page to one: no scheme,
// fragment, campaign parameters or slash at the end, the host in lower case, and
// none where it is the site's own. A former id stays as it is.
func normalAddress(site, address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" && !strings.HasPrefix(u.Path, "/") {
		return address
	}
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	if s, err := url.Parse(site); err == nil && host == strings.TrimPrefix(strings.ToLower(s.Host), "www.") {
		host = ""
	}
	q := u.Query()
	for name := range q {
		if strings.HasPrefix(name, "utm_") || name == "fbclid" || name == "gclid" {
			q.Del(name)
		}
	}
	path := strings.TrimRight(u.Path, "/")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	if host != "" {
		return "//" + host + path
	}
	return "/" + strings.TrimLeft(path, "/")
}
