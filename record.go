package onevent

import "strconv"

// Record is a row that a package of methods owns: an activity, a calendar
// entry. The store knows nothing of its fields but how to filter, order and
// page by them, so that a new kind needs no change in any driver.
type Record struct {
	Portal PortalID
	Kind   string // "crm.activity": the catalogue's object type
	ID     int64  // 1, 2, ... within portal and kind; never used twice
	// Fields is a JSON object. Query compares its top-level scalars: numbers
	// and text each as what Cond says.
	Fields []byte
}

// MaxRecord bounds the Fields of a record, in bytes: a page holds many.
const MaxRecord = 256 << 10

// QueryBytes bounds the Fields of a Page, in bytes. 64 records of any size fit.
const QueryBytes = 16 << 20

// RecordIDs is the name under which NextID draws the ids of a kind on a portal.
func RecordIDs(portal PortalID, kind string) string {
	return "record/" + strconv.FormatInt(int64(portal), 10) + "/" + kind
}

// Query selects records of one kind on one portal.
type Query struct {
	Portal PortalID
	Kind   string
	Where  []Cond   // all must hold
	AnyOf  [][]Cond // and, when not empty, at least one of these groups
	Order  []Order  // then by ID
	Offset int
	// Limit bounds the rows; 0: none, only the count. A page has fewer, but one
	// at the least, when their Fields take more than QueryBytes.
	Limit int
	Count bool // fill Page.Total
}

// Op is how a condition compares.
type Op string

// The operators.
const (
	OpEqual        Op = "="
	OpNotEqual     Op = "!="
	OpLess         Op = "<"
	OpLessEqual    Op = "<="
	OpGreater      Op = ">"
	OpGreaterEqual Op = ">="
	OpIn           Op = "in"
	OpNotIn        Op = "!in"
	OpContains     Op = "%"  // letter case ignored for ASCII
	OpNotContains  Op = "!%" // the same
	OpLike         Op = "like"
	OpNotLike      Op = "!like"
)

// IsPattern says whether the operator looks for a part of a text.
func (op Op) IsPattern() bool {
	return op == OpContains || op == OpNotContains || op == OpLike || op == OpNotLike
}

// TakesList says whether the operator compares with any number of values.
func (op Op) TakesList() bool { return op == OpIn || op == OpNotIn }

// ForList is what the operator means for a list of values: equal to one of them,
// or to none.
func (op Op) ForList() Op {
	switch op {
	case OpEqual:
		return OpIn
	case OpNotEqual:
		return OpNotIn
	}
	return op
}

// FieldID is the name under which Cond and Order find a record's ID.
const FieldID = "ID"

// Cond compares one field. A field that is null or absent equals only the
// empty text, and is less than everything; compared as a number, so does a field
// that is none. A value that is no number equals nothing and is neither less nor
// greater. Text is compared byte by byte; a number's text is as the JSON has it.
// Patterns of OpLike have `%` for any text, `_` for one character, `\` before
// either to mean itself, and ignore letter case for ASCII.
//
// Names of fields have letters, digits, `_`, `~` and `.`; others are refused
// with CodeInvalid, and so are unknown operators.
type Cond struct {
	Field  string
	Op     Op
	Number bool     // compare as numbers: fields and values
	Values []string // one; any number for OpIn and OpNotIn
}

// Order sorts by one field.
type Order struct {
	Field  string
	Number bool
	Desc   bool
}

// Page is what a Query found.
type Page struct {
	Records []Record
	More    bool // rows were asked for, and others follow the last of these
	Total   int  // of all pages, when the query asked to count
}
