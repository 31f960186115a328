package password_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

// BenchmarkSignIns compares 100 sign-ins at once with 100 bare argon2id hashes,
// one a processor, in the same run: "rate" is theirs to the bare one's by the
// clock, which other programs disturb, "cpu-rate" by the processor time spent,
// and the peaks are what the process's resident memory grew by.
func BenchmarkSignIns(b *testing.B) {
	const n = 100
	m, err := password.New(password.NewMemoryStore(), password.Config{
		Hasher: newHasher(b, password.Argon2idConfig{MaxWait: time.Hour}), Recorder: &quiet{}})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if err := m.Set(b.Context(), fmt.Sprint("a", i), good, password.Person{}, activity.Client{}); err != nil {
			b.Fatal(err)
		}
	}
	signIns := func() {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				if _, err := m.Verify(b.Context(), fmt.Sprint("a", i), good, host(i), false); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	bare := func() {
		next := make(chan struct{}, n)
		for range n {
			next <- struct{}{}
		}
		close(next)
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for range next {
					argon2.IDKey([]byte(good), make([]byte, 16), 2, 19456, 1, 32)
				}
			})
		}
		wg.Wait()
	}
	var took, cpu, peak [2]float64
	for b.Loop() {
		for i, run := range []func(){bare, signIns} {
			before := resetPeak(b)
			start, spent := time.Now(), cpuSeconds(b)
			run()
			cpu[i] += cpuSeconds(b) - spent
			took[i] += time.Since(start).Seconds()
			peak[i] = max(peak[i], peakMB(b)-before)
		}
	}
	if peak[1] > 256 {
		b.Errorf("sign-ins took %.0f MB, the budget is 256", peak[1])
	}
	b.ReportMetric(took[0]/took[1], "rate")
	b.ReportMetric(cpu[0]/cpu[1], "cpu-rate")
	b.ReportMetric(peak[0], "bare-peak-MB")
	b.ReportMetric(peak[1], "peak-MB")
}

type quiet struct{}

func (*quiet) Record(context.Context, activity.Event) error { return nil }

// resetPeak gives memory back and makes the kernel forget the peak (proc(5)).
func resetPeak(b *testing.B) float64 {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Skip("the peak of the memory cannot be measured here:", err)
	}
	return peakMB(b)
}

func cpuSeconds(b *testing.B) float64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()).Seconds()
}

func peakMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(kib) / 1024
}
