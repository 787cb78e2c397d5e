package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a private PostgreSQL server on a unix socket in a folder of its
// own, shared by the tests of this package.
type cluster struct {
	dir   string
	stop  io.Closer // closing it ends the server
	ended *exec.Cmd
	count atomic.Int64 // databases made
}

// startCluster starts the server on first use; TestMain stops it.
var startCluster = sync.OnceValues(newCluster)

// clusterStarted says that there is something to stop.
var clusterStarted atomic.Bool

func TestMain(m *testing.M) {
	if child := os.Getenv(crashChild); child != "" {
		appendUntilKilled(child)
	}
	code := m.Run()
	if clusterStarted.Load() {
		if c, err := startCluster(); err == nil {
			c.close()
		}
	}
	os.Exit(code)
}

// watch runs the server until its standard input ends, so that the server
// goes with the test process however that ends, and takes its folder along.
const watch = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses='' -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c shared_buffers=16MB -c max_connections=60 >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
`

func newCluster() (*cluster, error) {
	clusterStarted.Store(true)
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "yallm-pg")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	if err := c.start(bin); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		if c.stop != nil {
			c.close()
		}
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w\n%s", err, log), os.RemoveAll(dir))
	}
	return c, nil
}

// postgresBin finds the newest server; Debian keeps it off the PATH.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL server to test with: install the Debian package postgresql")
	}
	return filepath.Dir(path), nil
}

func (c *cluster) start(bin string) error {
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(c.dir, "data"), "-U", "yallm",
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err := unprivileged(initdb, c.dir); err != nil {
		return err
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	server := exec.Command("sh", "-c", watch, "sh", bin, c.dir)
	if err := unprivileged(server, c.dir); err != nil {
		return err
	}
	var err error
	if c.stop, err = server.StdinPipe(); err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	c.ended = server
	return c.await()
}

// await returns when the server answers.
func (c *cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.dsn("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *cluster) dsn(database string) string {
	return fmt.Sprintf("host=%s user=yallm dbname=%s", c.dir, database)
}

func (c *cluster) close() {
	_ = c.stop.Close()
	_ = c.ended.Wait()
}

// newDatabase makes an empty database for one test.
func newDatabase(t testing.TB) string {
	t.Helper()
	c, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("t%d", c.count.Add(1))
	conn, err := pgx.Connect(t.Context(), c.dsn("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return c.dsn(name)
}
