package coverage

import (
	"regexp"
	"strings"
	"sync"
)

// fileName matches what a camera or a program calls a picture: it has an
// underscore, an extension, or a letter code with a long number, and says
// nothing to who cannot see it.
var fileName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\S*\.(jpe?g|png|gif|webp|avif|svg|tiff?|heic)$|_|^(img|dsc|dscn|dscf|pxl|image|photo|foto|imagen|screenshot)[\s-]*\d+$`)
})

// missingAlt says why a text says nothing of an image: it is empty, or the name
// of a file.
func missingAlt(alt string) (why string, missing bool) {
	alt = strings.TrimSpace(alt)
	switch {
	case alt == "":
		return "empty", true
	case fileName().MatchString(alt):
		return alt, true
	}
	return "", false
}

// gaps finds what items lack: topics, a summary, a date that readers see, and
// a text for the image that they have.
func (c *corpus) gaps() {
	for i := range c.s.Items {
		it := &c.s.Items[i]
		if len(it.Topics) == 0 {
			c.find(Finding{Kind: NoTopic, Item: it.ID}, number(len(c.topics)))
		}
		if strings.TrimSpace(it.Summary) == "" {
			c.find(Finding{Kind: NoSummary, Item: it.ID}, number(len(strings.Fields(it.Title))))
		}
		if it.Date == "" {
			c.find(Finding{Kind: NoDate, Item: it.ID}, date(it.SortDate))
		}
		if it.Image != nil {
			if why, missing := missingAlt(it.Image.Alt); missing {
				c.find(Finding{Kind: NoAlt, Item: it.ID}, why)
			}
		}
	}
	for i := range c.topics {
		t := &c.topics[i]
		if t.Image != nil {
			if why, missing := missingAlt(t.Image.Alt); missing {
				c.find(Finding{Kind: NoAlt, Topic: t.Slug}, why)
			}
		}
	}
}
