// Package pages makes what readers see: the pages of the site, its topics and
// items, search, feeds, the sitemap, and the same as a folder of files ([Export]).
// A kind of page is a file here and one in templates; view.go holds what every
// template is given, words are those of package words.
//
// Nothing that comes from outside is written into a page but as text.
package pages
