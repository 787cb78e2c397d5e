package app

import (
	"bufio"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// releasePages hands back the pages of the program file that starting has
// touched: the system maps their neighbours as well, and most of it is not
// needed again. What is comes back from the page cache without a read.
//
// Only mappings without a single changed page are safe to give up, and the
// system knows which those are (proc(5), smaps).
func releasePages() {
	program, err := os.Executable()
	if err != nil {
		return
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer file.Close()
	var start, end uintptr // of a mapping of the program that cannot be written
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "Anonymous:"):
			if end > start && strings.Fields(line)[1] == "0" {
				// Advice that is not taken costs memory and nothing else.
				_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED)
			}
			start, end = 0, 0
		case strings.HasSuffix(line, program):
			start, end = readOnly(line)
		}
	}
}

// readOnly returns the addresses of a mapping, unless it can be written.
func readOnly(line string) (start, end uintptr) {
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields[1]) < 2 || fields[1][1] != '-' {
		return 0, 0
	}
	from, to, _ := strings.Cut(fields[0], "-")
	return address(from), address(to)
}

func address(hex string) uintptr {
	var n uintptr
	for _, c := range []byte(hex) {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uintptr(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uintptr(c-'a'+10)
		default:
			return 0
		}
	}
	return n
}
