package transfertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// decode returns the JSON value, with numbers in the spelling of the text.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text follows the JSON value")
	}
	return value, nil
}

func decodeObject(text []byte) (map[string]any, error) {
	value, err := decode(text)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return object, nil
}

// encode returns value as JSON, with sorted members and without escapes for HTML. It
// panics if value cannot be JSON, which what decode returns always can.
func encode(value any) json.RawMessage {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(fmt.Sprintf("transfertest: %v", err))
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// normalize returns a decoded value in which equal numbers have one spelling.
func normalize(value any) any {
	switch value := value.(type) {
	case json.Number:
		return json.Number(normalizeNumber(string(value)))
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = normalize(item)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, member := range value {
			object[name] = normalize(member)
		}
		return object
	}
	return value
}

// normalizeNumber returns the one spelling of a JSON number's exact value: without
// exponent if it has at most 40 digits so.
func normalizeNumber(number string) string {
	const maxDigits = 40
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(number), "e")
	exponent := 0
	if hasExponent {
		var err error
		if exponent, err = strconv.Atoi(exponentText); err != nil {
			return number
		}
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent -= len(fraction)
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	significant := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(significant)

	switch point := len(significant) + exponent; {
	case exponent >= 0 && point <= maxDigits:
		return sign + significant + strings.Repeat("0", exponent)
	case exponent >= 0 || exponent < -maxDigits:
		return sign + significant + "e" + strconv.Itoa(exponent)
	case point > 0:
		return sign + significant[:point] + "." + significant[point:]
	default:
		return sign + "0." + strings.Repeat("0", -point) + significant
	}
}
