package body_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/yallmproxy/yallmproxy/proxy/body"
)

func TestEditsLeaveTheRestAlone(t *testing.T) {
	tests := []struct {
		name, in, want string
		edit           func(*body.Body) error
	}{
		{
			"nothing", " {\"b\" : 1 , \"a\":\t[ 1,{\"x\":\"}\"} ]}\n", " {\"b\" : 1 , \"a\":\t[ 1,{\"x\":\"}\"} ]}\n",
			func(*body.Body) error { return nil },
		},
		{
			"replace", `{"x":1,  "model" : "a", "y":[ 2 ]}`, `{"x":1,  "model" : "b", "y":[ 2 ]}`,
			func(b *body.Body) error { return b.Set("model", "b") },
		},
		{
			"replace every repetition", `{"model":"a","mod\u0065l":"c"}`, `{"model":"b","mod\u0065l":"b"}`,
			func(b *body.Body) error { return b.Set("model", "b") },
		},
		{
			"add", "{\n  \"a\": 1\n}", "{\n  \"a\": 1,\"s\":{\"i\":true}\n}",
			func(b *body.Body) error { return b.Set("s", map[string]bool{"i": true}) },
		},
		{
			"add to an empty object", `{ }`, `{ "a":1,"b":2}`,
			func(b *body.Body) error { return errors.Join(b.Set("a", 1), b.Set("b", 2)) },
		},
		{
			"set inside", `{"t":{"keep":1,"type":"x"},"z":0}`, `{"t":{"keep":1,"type":"y"},"z":0}`,
			func(b *body.Body) error { return b.SetPath("t.type", "y") },
		},
		{
			"set inside what is not there", `{"z":0}`, `{"z":0,"t":{"type":"y"}}`,
			func(b *body.Body) error { return b.SetPath("t.type", "y") },
		},
		{
			"add text as it is", `{"a":1}`, `{"a":1,"b":[ "<" ]}`,
			func(b *body.Body) error { b.SetRaw("b", []byte(`[ "<" ]`)); return nil },
		},
		{
			"delete the first", "{ \"a\":1,\n \"b\":2 }", `{ "b":2 }`,
			func(b *body.Body) error { b.Delete("a"); return nil },
		},
		{
			"delete the last", "{ \"a\":1,\n \"b\":2 }", `{ "a":1 }`,
			func(b *body.Body) error { b.Delete("b"); return nil },
		},
		{
			"delete in the middle", `{"a":1, "b":2, "b":3, "c":4}`, `{"a":1, "c":4}`,
			func(b *body.Body) error { b.Delete("b"); return nil },
		},
		{
			"delete the first two", `{"a":1, "a":2, "b":3}`, `{"b":3}`,
			func(b *body.Body) error { b.Delete("a"); return nil },
		},
		{
			"delete all", `{ "a":1 , "a":2 }`, `{  }`,
			func(b *body.Body) error { b.Delete("a"); return nil },
		},
		{
			"delete and add", `{"a":1,"b":2}`, `{"b":3,"c":4}`,
			func(b *body.Body) error { b.Delete("a"); return errors.Join(b.Set("c", 4), b.Set("b", 3)) },
		},
		{
			"delete the only one and add", `{"a":1}`, `{"c":4}`,
			func(b *body.Body) error { b.Delete("a"); return b.Set("c", 4) },
		},
		{
			"delete and add again", `{"a":1,"b":2}`, `{"b":2,"a":3}`,
			func(b *body.Body) error { b.Delete("a"); return b.Set("a", 3) },
		},
		{
			"delete what was added", `{"a":1}`, `{"a":1}`,
			func(b *body.Body) error { err := b.Set("b", 2); b.Delete("b"); return err },
		},
		{
			"escapes", `{"a":"\\\"}{","b":"\\"}`, `{"a":"\\\"}{","b":1}`,
			func(b *body.Body) error { return b.Set("b", 1) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := body.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.edit(b); err != nil {
				t.Fatal(err)
			}
			if got := string(b.Bytes()); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "{", "}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}x`, `{a:1}`, `{"a":nul}`, `{"a":"x}`, `{"a":[1}`, `{"a":1 "b":2}`, "garbage",
	} {
		if _, err := body.Parse([]byte(in)); err == nil {
			t.Errorf("%q was accepted", in)
		}
	}
	for _, in := range []string{"[]", `"x"`, "1", "null", " [1]"} {
		if _, err := body.Parse([]byte(in)); !errors.Is(err, body.ErrNotObject) {
			t.Errorf("%q: got %v, want ErrNotObject", in, err)
		}
	}
}

func TestLastRepetitionCounts(t *testing.T) {
	b, err := body.Parse([]byte(`{"model":"a","x":{"model":"z"},"model":"b"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Get("model").String(); got != "b" {
		t.Errorf("got %q, want b", got)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	b, _ := body.Parse([]byte(`{"model":"a"}`))
	c := b.Clone()
	if err := c.Set("model", "b"); err != nil {
		t.Fatal(err)
	}
	if got := string(b.Bytes()); got != `{"model":"a"}` {
		t.Errorf("the original became %s", got)
	}
}

// FuzzParse holds the scanner to encoding/json: whatever json accepts as an
// object is accepted, reads back the same, and survives an edit.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"model":"x","messages":[{"role":"user","content":"\"}"}]}`, ` {"a" : null } `, `{"\u0061":"é"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(in, &want) == nil && want != nil
		b, err := body.Parse(in)
		if valid && err != nil {
			t.Fatalf("%q is an object but: %v", in, err)
		}
		if err != nil || !valid {
			return
		}
		if !bytes.Equal(b.Bytes(), in) {
			t.Fatalf("%q changed to %q", in, b.Bytes())
		}
		if err := b.Set("model", "new"); err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%q edited to %q: %v", in, b.Bytes(), err)
		}
		b.Delete("model")
		var without map[string]json.RawMessage
		if err := json.Unmarshal(b.Bytes(), &without); err != nil || b.Raw("model") != nil {
			t.Fatalf("%q became %q: %v", in, b.Bytes(), err)
		}
		delete(want, "model")
		if len(without) != len(want) {
			t.Fatalf("%q without model became %q", in, b.Bytes())
		}
		want["model"] = json.RawMessage(`"new"`)
		if len(got) != len(want) {
			t.Fatalf("%q edited to %q", in, b.Bytes())
		}
		for k, v := range want {
			if !bytes.Equal(got[k], v) {
				t.Fatalf("%q: %s is %s, want %s", in, k, got[k], v)
			}
		}
	})
}

func BenchmarkParse1MB(b *testing.B) {
	text := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat(`some words of a prompt, and \n a newline; `, 25000) + `"}],"stream":true}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		v, err := body.Parse(text)
		if err != nil || !v.Get("stream").Bool() {
			b.Fatal(err)
		}
	}
}

// A text of nothing but brackets must not use up the stack: that ends the
// process, whatever is recovered from.
func TestDeepTextIsNotValid(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, want := range map[string]bool{
		`{"a":["[[[[{"]}`: true, `{"a":[}`: false, nested(10_000): true, nested(10_001): false,
		"[" + strings.Repeat("[],", 20_000) + `"` + strings.Repeat("[", 20_000) + `"]`: true,
		strings.Repeat("[", 16<<20): false, strings.Repeat(`{"a":`, 4<<20): false, strings.Repeat("]", 20_000): false,
	} {
		if got := body.Valid([]byte(text)); got != want {
			t.Errorf("%.20s, %d bytes: %v", text, len(text), got)
		}
	}
}
