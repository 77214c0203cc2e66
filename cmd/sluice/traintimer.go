package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// exampleTimer prints what lets systemd or cron train every night.
func exampleTimer(w io.Writer, config string) error {
	if config == "" {
		config = "/etc/sluice/desk.toml"
	}
	if path, err := filepath.Abs(config); err == nil {
		config = path
	}
	program, err := os.Executable()
	if err != nil {
		program = "/usr/local/bin/sluice"
	}
	_, err = fmt.Fprintf(w, `# /etc/systemd/system/sluice-train.service
[Unit]
Description=Sluice: fit a model to what the router recorded
After=network-online.target

[Service]
Type=oneshot
User=sluice
ExecStart=%[1]s train -c %[2]s --days 20 --json
# The router has the machine to itself: a training takes what it leaves.
Nice=15
IOSchedulingClass=idle
MemoryMax=2G

# /etc/systemd/system/sluice-train.timer
[Unit]
Description=Sluice: train every night after the close

[Timer]
OnCalendar=Mon..Fri 22:30
RandomizedDelaySec=5m
Persistent=true

[Install]
WantedBy=timers.target

# systemctl daemon-reload && systemctl enable --now sluice-train.timer

# or, with cron (crontab -e as the router's user):
30 22 * * 1-5  nice -n 15 %[1]s train -c %[2]s --days 20 --json >> /var/log/sluice-train.log 2>&1
`, program, config)
	return err
}
