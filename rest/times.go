package rest

import (
	"strings"
	"time"
)

// layouts are the forms in which dates come; docs/protocol/rest.md section 10.
// Upper case stands for any.
var layouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02T15:04", dateLayout,
	"02.01.2006T15:04:05", "02.01.2006T15:04", "02.01.2006",
	"01/02/2006T03:04:05PM", "01/02/2006T03:04PM", "01/02/2006T15:04:05", "01/02/2006T15:04", "01/02/2006",
}

const (
	dateLayout  = "2006-01-02"
	longestDate = 64
)

// Moment is a date as it came.
type Moment struct {
	Time time.Time
	Date bool // it named a day and no hour
}

// ParseTime reads a date in the forms of docs/protocol/rest.md section 10; what
// names no offset is in the zone. Only the years 1 to 9999 are known.
func ParseTime(text string, zone *time.Location) (Moment, bool) {
	if len(text) > longestDate {
		return Moment{}, false
	}
	text = compact(text)
	for _, layout := range layouts {
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		year := t.UTC().Year()
		return Moment{Time: t, Date: !strings.Contains(layout, "T")}, year >= 1 && year <= 9999
	}
	return Moment{}, false
}

// compact writes the many forms of a date and hour in few: T between them, no
// other space, and the half of the day in upper case.
func compact(text string) string {
	text = strings.ToUpper(strings.Join(strings.Fields(text), " "))
	if !strings.Contains(text, "T") {
		text = strings.Replace(text, " ", "T", 1)
	}
	return strings.ReplaceAll(text, " ", "")
}
