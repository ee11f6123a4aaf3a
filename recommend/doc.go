// Package recommend says what publishing an item means, what relates to what,
// and what a reader is shown. It knows neither AWS nor HTTP: rows go through a
// [Store], and answers are plain values.
package recommend
