package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver under test
)

// EnvPostgres names the variable that points the tests to a running server.
const EnvPostgres = "ACCOUNTSEC_TEST_POSTGRES"

var server struct {
	once sync.Once
	dsn  string
	err  error
	stop func()
}

var schemas atomic.Int64

// Main runs the tests of a package that uses [OpenPostgres] and stops the
// server that they started.
func Main(m *testing.M) {
	code := m.Run()
	if server.stop != nil {
		server.stop()
	}
	os.Exit(code)
}

// OpenPostgres opens a fresh schema on the run's PostgreSQL.
func OpenPostgres(t testing.TB) *sql.DB {
	t.Helper()
	server.once.Do(func() { server.dsn, server.stop, server.err = startPostgres() })
	if server.err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL is required in CI: %v", server.err)
		}
		t.Skipf("SKIPPED, NOT TESTED ON POSTGRESQL: %v", server.err)
	}
	schema := fmt.Sprintf("t%d_%d", os.Getpid(), schemas.Add(1))
	admin := open(t, server.dsn)
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin.Exec("DROP SCHEMA " + schema + " CASCADE") //nolint:errcheck // the server goes at the end
		admin.Close()                                    //nolint:errcheck
	})
	db := open(t, server.dsn+" search_path="+schema)
	db.SetMaxOpenConns(16)
	t.Cleanup(func() { db.Close() }) //nolint:errcheck
	return db
}

// PostgresDSN gives the DSN of the run's server, for a test that opens it in a
// way of its own; call [OpenPostgres] first.
func PostgresDSN() string { return server.dsn }

func open(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// startPostgres gives the DSN of a server and what stops it.
func startPostgres() (dsn string, stop func(), err error) {
	if dsn := os.Getenv(EnvPostgres); dsn != "" {
		return dsn, nil, nil
	}
	bin, err := postgresBin()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "accountsec-pg-")
	if err != nil {
		return "", nil, err
	}
	p := &postgres{bin: bin, dir: dir}
	if err := p.start(); err != nil {
		os.RemoveAll(dir) //nolint:errcheck
		return "", nil, err
	}
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", p.port), p.stop, nil
}

// postgresBin finds the server programs: on the PATH, or where Debian keeps
// them, newest version first.
func postgresBin() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Reverse(dirs)
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append([]string{filepath.Dir(path)}, dirs...)
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("no PostgreSQL server programs (Debian: apt-get install postgresql)")
}

type postgres struct {
	bin, dir string
	port     int
	cmd      *exec.Cmd
}

func (p *postgres) start() error {
	cred, err := unprivileged()
	if err != nil {
		return err
	}
	if cred != nil {
		if err := os.Chown(p.dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return err
		}
	}
	data := p.data()
	if out, err := p.command(cred, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	if p.port, err = freePort(); err != nil {
		return err
	}
	return p.serve(cred)
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

// serve starts the server and waits until it answers.
func (p *postgres) serve(cred *syscall.Credential) error {
	var log bytes.Buffer
	p.cmd = p.command(cred, "postgres", "-D", p.data(), "-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(p.port),
		"-c", "unix_socket_directories="+p.dir, "-c", "fsync=off", "-c", "max_connections=200")
	p.cmd.Stdout, p.cmd.Stderr = &log, &log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if err := p.ready(); err != nil {
		p.stop()
		return fmt.Errorf("%w: %s", err, log.String())
	}
	return nil
}

func (p *postgres) command(cred *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"HOME=" + p.dir, "PATH=" + p.bin + ":/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	if runtime.GOOS == "linux" {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT // go with the test binary, even if it crashes
	}
	return cmd
}

// ready waits until the server answers, half a minute at most.
func (p *postgres) ready() error {
	db, err := sql.Open("pgx", fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", p.port))
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not come up: %w", err)
		case <-tick.C:
		}
	}
}

func (p *postgres) stop() {
	p.cmd.Process.Signal(syscall.SIGQUIT) //nolint:errcheck // immediate shutdown; the data is thrown away
	p.cmd.Wait()                          //nolint:errcheck
	os.RemoveAll(p.dir)                   //nolint:errcheck
}

// unprivileged gives the user that the server runs as when we are root, which
// PostgreSQL refuses to be: Debian's "postgres", else "nobody".
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("running as root and there is no unprivileged user for PostgreSQL")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck
	return l.Addr().(*net.TCPAddr).Port, nil
}
