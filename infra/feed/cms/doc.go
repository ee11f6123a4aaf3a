// Package cms reads what publishing systems write of their works: JSON:API as
// Drupal has it, exports and the Content API of Ghost, backups of Blogger,
// exports and answers of Contentful, answers of Strapi, and JSON of any other
// system whose names for things are the usual ones.
//
// # Whose JSON it is
//
// Akin's own items are read strictly, elsewhere: a name that akin does not know
// is an error there, which finds a misspelt one. An object is taken for another
// system's
//
//   - if its id is a number, or there is none but an address or a slug beside
//     names that are not akin's;
//   - if two of its names or more are not akin's, and usual elsewhere ("tags",
//     "author", "publishedAt": see [usual]);
//   - if it wraps a list of such objects, or of any objects with a title.
//
// A file is another system's if most of the objects at its beginning are. Names
// that mean nothing here are then left out, and named in a warning.
package cms
