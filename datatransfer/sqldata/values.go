package sqldata

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A kind is how the values of an attribute are kept in a column.
type kind int

const (
	kindUnknown kind = iota
	kindText
	kindInteger
	kindBigInteger // a string in JSON
	kindDecimal
	kindBoolean
	kindDate
	kindTime
	kindDateTime
	kindJSON
)

var kinds = map[string]kind{
	"string": kindText, "text": kindText, "richtext": kindText, "uid": kindText, "email": kindText,
	"password": kindText, "enumeration": kindText,
	"integer": kindInteger, "biginteger": kindBigInteger,
	"decimal": kindDecimal, "float": kindDecimal,
	"boolean": kindBoolean,
	"date":    kindDate, "time": kindTime,
	"datetime": kindDateTime, "timestamp": kindDateTime,
	"json": kindJSON, "blocks": kindJSON,
}

func kindOf(attributeType string) kind { return kinds[attributeType] }

const (
	jsonTime  = "2006-01-02T15:04:05.000Z"
	mysqlTime = "2006-01-02 15:04:05.000"
	clockTime = "15:04:05.000"
)

// timeLayouts are the forms in which SQLite may have a time or a date.
var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05.999999999", "2006-01-02",
}

// errValue means that a value does not fit its column. The value itself is not shown.
var errValue = errors.New("the value does not fit the type")

// newTarget returns a variable for the values of a column.
func newTarget(d Dialect, c Column) any {
	switch kind := kindOf(c.Type); {
	case kind == kindInteger, kind == kindBigInteger, c.Millis:
		return new(sql.NullInt64)
	case kind == kindBoolean:
		return new(sql.NullBool)
	case kind == kindDecimal && d == SQLite:
		return new(any)
	case kind == kindDateTime && d == PostgreSQL:
		return new(sql.NullTime)
	}
	return new(sql.NullString)
}

// appendValue appends the JSON of a value that was read.
func appendValue(b []byte, c Column, target any) ([]byte, error) {
	switch v := target.(type) {
	case *sql.NullInt64:
		switch {
		case !v.Valid:
			return append(b, "null"...), nil
		case c.Millis:
			return appendTime(b, time.UnixMilli(v.Int64))
		case kindOf(c.Type) == kindBigInteger:
			return append(strconv.AppendInt(append(b, '"'), v.Int64, 10), '"'), nil
		}
		return strconv.AppendInt(b, v.Int64, 10), nil
	case *sql.NullBool:
		if v.Valid {
			return strconv.AppendBool(b, v.Bool), nil
		}
	case *sql.NullTime:
		if v.Valid {
			return appendTime(b, v.Time)
		}
	case *any:
		return appendNumber(b, *v)
	case *sql.NullString:
		if v.Valid {
			return appendText(b, c, v.String)
		}
	}
	return append(b, "null"...), nil
}

func appendTime(b []byte, t time.Time) ([]byte, error) {
	t, err := roundTime(t)
	if err != nil {
		return b, err
	}
	return append(t.AppendFormat(append(b, '"'), jsonTime), '"'), nil
}

// roundTime returns t in UTC and in milliseconds. It fails for a year that has not four digits.
func roundTime(t time.Time) (time.Time, error) {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return t, errValue
	}
	return t, nil
}

// appendNumber appends a decimal of SQLite, which keeps each value in a type of its own.
func appendNumber(b []byte, value any) ([]byte, error) {
	var text string
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		text = strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	return appendJSON(b, text, "-0123456789")
}

// appendText appends a value that was read as a text.
func appendText(b []byte, c Column, text string) ([]byte, error) {
	switch kindOf(c.Type) {
	case kindDecimal:
		return appendJSON(b, text, "-0123456789")
	case kindJSON:
		return appendJSON(b, text, "")
	case kindTime:
		t, err := time.Parse("15:04:05.999999999", text)
		if err != nil {
			return b, errValue
		}
		return append(t.AppendFormat(append(b, '"'), clockTime), '"'), nil
	case kindDate:
		t, err := parseTime(text)
		if err != nil || t.Year() < 1 || t.Year() > 9999 {
			return b, errValue
		}
		return append(t.AppendFormat(append(b, '"'), time.DateOnly), '"'), nil
	case kindDateTime:
		t, err := parseTime(text)
		if err != nil {
			return b, err
		}
		return appendTime(b, t)
	}
	return appendString(b, text)
}

// parseTime parses a time in one of timeLayouts.
func parseTime(text string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errValue
}

// appendJSON appends text if it is JSON and begins with one of the characters, if some are given.
func appendJSON(b []byte, text, first string) ([]byte, error) {
	if !json.Valid([]byte(text)) || first != "" && !strings.ContainsRune(first, rune(text[0])) {
		return b, errValue
	}
	return append(b, text...), nil
}

// appendString appends text as a JSON string.
func appendString(b []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return b, fmt.Errorf("%w: it is not valid UTF-8", errValue)
	}
	return jsontext.AppendQuote(b, text)
}

// parameter returns a value of an entity's data as a parameter of a statement.
func parameter(d Dialect, c Column, raw jsontext.Value) (any, error) {
	if raw.Kind() == 'n' {
		if c.Required && kindOf(c.Type) == kindJSON {
			return "null", nil // a value of JSON, and no NULL
		}
		return nil, nil
	}
	switch kindOf(c.Type) {
	case kindJSON:
		if hasEscapedNUL(raw) {
			return nil, fmt.Errorf("%w: it has a NUL character", errValue)
		}
		return string(raw), nil
	case kindBoolean:
		if kind := raw.Kind(); kind != 't' && kind != 'f' {
			return nil, errValue
		}
		return raw.Kind() == 't', nil
	case kindDecimal:
		var v json.Number
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, errValue
		}
		if _, err := v.Float64(); err != nil {
			return nil, errValue // SQLite would take it as infinity, which cannot be read again
		}
		return v.String(), nil
	case kindInteger, kindBigInteger:
		text := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, errValue
			}
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errValue
		}
		return n, nil
	}
	if raw.Kind() != '"' {
		return nil, errValue
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return nil, errValue
	}
	return textParameter(d, c, string(text))
}

// textParameter returns a JSON string as a parameter.
func textParameter(d Dialect, c Column, text string) (any, error) {
	switch kindOf(c.Type) {
	case kindDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, errValue
		}
		return text, nil
	case kindTime:
		t, err := time.Parse("15:04:05.999999999", text)
		if err != nil {
			return nil, errValue
		}
		return t.Format(clockTime), nil
	case kindDateTime:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err == nil {
			t, err = roundTime(t)
		}
		if err != nil {
			return nil, errValue
		}
		switch {
		case c.Millis:
			return t.UnixMilli(), nil
		case d == PostgreSQL:
			return t, nil
		case d == MySQL:
			return t.Format(mysqlTime), nil
		}
		return t.Format(jsonTime), nil
	}
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("%w: it has a NUL character", errValue)
	}
	return text, nil
}

// hasEscapedNUL reports whether a string in JSON text has a NUL character, which PostgreSQL refuses.
func hasEscapedNUL(text []byte) bool {
	for {
		at := bytes.Index(text, []byte(`\u0000`))
		if at < 0 {
			return false
		}
		backslashes := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if backslashes%2 == 0 {
			return true
		}
		text = text[at+len(`\u0000`):]
	}
}
