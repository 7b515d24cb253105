package otlp

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

// A message describes the fields of a protobuf message, in the order in which they are
// written as JSON.
type message []field

type field struct {
	number   int
	name     string
	form     form
	repeated bool
	message  *message // of a field that is a message
}

// A form is how a field is written in OTLP's JSON. It differs from protobuf's JSON only
// in IDs.
type form uint8

const (
	isMessage form = iota
	isString
	isID      // bytes, in hex rather than base64
	isInt64   // in quotes, because JavaScript's numbers have 53 bits
	isFixed64 // in quotes, too
	isInt32   // a number, such as an enum
	isFixed32
	isDouble
	isBool
)

// The messages of OTLP, with the fields that this package writes.
var (
	anyValue = message{
		{number: anyString, name: "stringValue", form: isString},
		{number: anyBool, name: "boolValue", form: isBool},
		{number: anyInt, name: "intValue", form: isInt64},
		{number: anyDouble, name: "doubleValue", form: isDouble},
		{number: anyArray, name: "arrayValue", message: &arrayValue},
	}
	arrayValue = message{} // refers to anyValue, so init fills it in
	keyValue   = message{
		{number: kvKey, name: "key", form: isString},
		{number: kvValue, name: "value", message: &anyValue},
	}
	spanMessage = message{
		{number: spanTraceID, name: "traceId", form: isID},
		{number: spanID, name: "spanId", form: isID},
		{number: spanTraceState, name: "traceState", form: isString},
		{number: spanParentID, name: "parentSpanId", form: isID},
		{number: spanFlags, name: "flags", form: isFixed32},
		{number: spanName, name: "name", form: isString},
		{number: spanKind, name: "kind", form: isInt32},
		{number: spanStart, name: "startTimeUnixNano", form: isFixed64},
		{number: spanEnd, name: "endTimeUnixNano", form: isFixed64},
		{number: spanAttributes, name: "attributes", message: &keyValue, repeated: true},
		{number: spanEvents, name: "events", repeated: true, message: &message{
			{number: eventTime, name: "timeUnixNano", form: isFixed64},
			{number: eventName, name: "name", form: isString},
			{number: eventAttributes, name: "attributes", message: &keyValue, repeated: true},
		}},
		{number: spanStatus, name: "status", message: &message{
			{number: statusMessage, name: "message", form: isString},
			{number: statusCode, name: "code", form: isInt32},
		}},
	}
	logMessage = message{
		{number: logTime, name: "timeUnixNano", form: isFixed64},
		{number: logSeverity, name: "severityNumber", form: isInt32},
		{number: logSeverityText, name: "severityText", form: isString},
		{number: logEventName, name: "eventName", form: isString},
		{number: logBody, name: "body", message: &anyValue},
		{number: logAttributes, name: "attributes", message: &keyValue, repeated: true},
		{number: logFlags, name: "flags", form: isFixed32},
		{number: logTraceID, name: "traceId", form: isID},
		{number: logSpanID, name: "spanId", form: isID},
	}
	traceRequest = request("resourceSpans", "scopeSpans", "spans", &spanMessage)
	logRequest   = request("resourceLogs", "scopeLogs", "logRecords", &logMessage)
)

func init() {
	arrayValue = append(arrayValue, field{number: arrayItem, name: "values", message: &anyValue, repeated: true})
}

func request(resources, scopes, records string, of *message) message {
	return message{{number: requestResources, name: resources, repeated: true, message: &message{
		{number: resourceResource, name: "resource", message: &message{
			{number: resourceAttributes, name: "attributes", message: &keyValue, repeated: true},
		}},
		{number: resourceScopes, name: scopes, repeated: true, message: &message{
			{number: scopeScope, name: "scope", message: &message{
				{number: scopeName, name: "name", form: isString},
				{number: scopeVersion, name: "version", form: isString},
				{number: scopeAttributes, name: "attributes", message: &keyValue, repeated: true},
			}},
			{number: items, name: records, message: of, repeated: true},
			{number: scopeSchemaURL, name: "schemaUrl", form: isString},
		}},
		{number: resourceSchemaURL, name: "schemaUrl", form: isString},
	}}}
}

// appendJSON writes a protobuf message as JSON. It only converts the encoding; the
// protobuf encoder alone defines the content.
func appendJSON(dst []byte, m message, encoded []byte) []byte {
	dst = append(dst, '{')
	for i := range m {
		f := &m[i]
		first := true
		for tag, value, rest := next(encoded); tag != 0; tag, value, rest = next(rest) {
			if tag != f.tag() {
				continue
			}
			switch {
			case first && f.repeated:
				dst = append(jsontext.AppendKey(dst, f.name), '[')
			case first:
				dst = jsontext.AppendKey(dst, f.name)
			case f.repeated:
				dst = append(dst, ',')
			default:
				continue // the field occurs twice
			}
			first = false
			dst = f.append(dst, value)
		}
		if f.repeated && !first {
			dst = append(dst, ']')
		}
	}
	return append(dst, '}')
}

// tag returns the field's number combined with the wire type of its form.
func (f *field) tag() uint64 {
	wireType := wireBytes
	switch f.form {
	case isInt64, isInt32, isBool:
		wireType = wireVarint
	case isFixed64, isDouble:
		wireType = wireFixed64
	case isFixed32:
		wireType = wireFixed32
	}
	return uint64(f.number<<3 | wireType)
}

func (f *field) append(dst, value []byte) []byte {
	switch f.form {
	case isMessage:
		return appendJSON(dst, *f.message, value)
	case isString:
		return jsontext.AppendString(dst, string(value))
	case isID:
		return append(hex.AppendEncode(append(dst, '"'), value), '"')
	case isInt64:
		n, _ := binary.Uvarint(value)
		return append(strconv.AppendInt(append(dst, '"'), int64(n), 10), '"')
	case isFixed64:
		return append(strconv.AppendUint(append(dst, '"'), binary.LittleEndian.Uint64(value), 10), '"')
	case isInt32:
		n, _ := binary.Uvarint(value)
		return strconv.AppendInt(dst, int64(int32(n)), 10)
	case isFixed32:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(value)), 10)
	case isBool:
		return strconv.AppendBool(dst, value[0] != 0)
	default:
		return appendJSONDouble(dst, math.Float64frombits(binary.LittleEndian.Uint64(value)))
	}
}

// appendJSONDouble writes infinities and NaN as protobuf does, because JSON has no
// numbers for them.
func appendJSONDouble(dst []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	}
	return jsontext.AppendFloat(dst, v)
}
