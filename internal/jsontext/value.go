package jsontext

import (
	"log/slog"
	"strconv"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// AppendValue writes a frozen value.
func (c *Clock) AppendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return AppendString(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return AppendFloat(dst, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration: // in nanoseconds, as slog.JSONHandler and OpenTelemetry do
		return strconv.AppendInt(dst, int64(v.Duration()), 10)
	case slog.KindTime:
		return c.AppendTime(dst, v.Time())
	case slog.KindGroup:
		return c.AppendAttrs(dst, v.Group())
	}
	if raw, ok := v.Any().(freeze.JSON); ok {
		return append(dst, raw...)
	}
	return append(dst, "null"...)
}

func (c *Clock) AppendAttrs(dst []byte, attrs []slog.Attr) []byte {
	dst = append(dst, '{')
	dst = c.AppendMembers(dst, attrs)
	return append(dst, '}')
}

func (c *Clock) AppendMembers(dst []byte, attrs []slog.Attr) []byte {
	for _, a := range attrs {
		dst = AppendKey(dst, a.Key)
		dst = c.AppendValue(dst, a.Value)
	}
	return dst
}

// AppendKey starts a member of the object that dst ends in.
func AppendKey(dst []byte, key string) []byte {
	dst = AppendComma(dst)
	dst = AppendString(dst, key)
	return append(dst, ':')
}

// AppendMember is AppendKey for a key that is already JSON, with quotes and colon.
func AppendMember(dst []byte, key string) []byte {
	return append(AppendComma(dst), key...)
}

func AppendComma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}
