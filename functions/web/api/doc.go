// Package api is the JSON API: its routes, their parameters and answers, and
// their description in OpenAPI, which is made from the same types. A file holds
// the routes of one thing: items.go, related.go, topics.go and so on; route.go
// says how a route is registered, encode.go how an answer is written.
//
// What is related to what it asks a [Reader]; who may ask, package serve.
package api
