// Package store says what akin needs of a store: rows under keys of two parts,
// read by key or in a range, and written in small transactions on conditions.
// That is what DynamoDB has, so that one engine serves an embedded file and the
// cloud. Package storetest states what every [Store] must do; infra/bolt,
// infra/dynamo and infra/memory are the ones there are.
//
// [Scan] reads a range page by page, and a [Meter] counts what calls would cost
// on DynamoDB. The package knows nothing of what rows hold.
package store
