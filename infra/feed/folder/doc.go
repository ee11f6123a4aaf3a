// Package folder reads folders of Markdown with front matter, as Hugo, Jekyll,
// Eleventy and Astro make sites of, and folders of which nothing more is known.
//
// The generator is told by its configuration, which may stand above the folder
// that is named. From there come the addresses, the languages, the taxonomies
// and what is not published: package folder does by the files what the
// generator does, without running it. Configurations that are programs, those
// of Eleventy and Astro, are searched for the few values that matter, and not
// run.
//
// Nothing outside the folder is read: links that lead out are left alone.
package folder
