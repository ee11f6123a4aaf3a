// Package recommend is akin's vocabulary: the items of a website and its
// topics, what editors decide about them, the answers that readers get, the
// settings of a site, and the errors that all of these may meet.
//
// An [Item] is one work: an article, a report, a podcast. A [Card] is what is
// shown of it. A [Topic] is a page that gathers items. A [Curation] is what
// editors decided for one work, a [TopicCuration] what they decided for a topic.
// [Related] answers what else to read beside an item; each [Entry] of it names
// its [Tier] and, where it is similar, the [Reason]s that add up to its score.
//
// What comes from outside is decoded by [DecodeItem], [DecodeTopic] and
// [DecodeBeacon], which name the field and the limit of whatever they refuse as
// an [InvalidError], and brought to one form by [Item.Canonical].
//
// The package stores nothing and relates nothing. Below it:
//
//	text     turns strings into terms
//	index    finds the nearest of weighed terms
//	store    says what a store of rows can do
//	engine   publishes, indexes, rebuilds and reads, on a store
//	preview  shows the lists before and after a change that nobody made yet
//	coverage reports to editors what is covered, and what to do
//	judge    measures rankings against judgements
//	sources  keeps items in step with where they come from
//	parallel spreads work over the processors
//
// None of them imports AWS, HTTP or files. To follow a publish or a read from
// its first line to its last, begin at engine.
package recommend
