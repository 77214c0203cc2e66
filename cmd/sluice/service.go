package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/serve/config"
)

// serviceUnit is a router under systemd: its own user, a file system that it can read and not write but for its data, no
// capability, no core dump (SEC-12). [1] is the program, [2] the configuration, [3] the folders it writes.
const serviceUnit = `# /etc/systemd/system/sluice.service
[Unit]
Description=Sluice order router
After=network-online.target time-sync.target
Wants=network-online.target
# Five crashes within ten minutes are no accident: a person looks before the sixth start.
StartLimitIntervalSec=600
StartLimitBurst=5

[Service]
Type=exec
User=sluice
Group=sluice
ExecStartPre=-%[1]s doctor -c %[2]s
ExecStart=%[1]s route -c %[2]s
# SIGTERM leaves working orders at their venues and writes a snapshot; drain first where they should end:
#   sluice drain -c %[2]s --within 10m --actor NAME --reason WHY
KillSignal=SIGTERM
TimeoutStopSec=60
Restart=on-failure
RestartSec=2
UMask=0077
LimitNOFILE=65536
LimitCORE=0
OOMScoreAdjust=-500

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths=%[3]s
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target

# useradd --system --home-dir /var/lib/sluice --shell /usr/sbin/nologin sluice
# install -d -o sluice -g sluice -m 0700 %[3]s
# systemctl daemon-reload && systemctl enable --now sluice && systemd-analyze security sluice
`

// containerFile is an image with the program alone: no shell, no other user, nothing that can be written but the volume.
const containerFile = `# Containerfile: podman build -t sluice . (bin/sluice is what "make build" made with CGO_ENABLED=0)
FROM scratch
COPY bin/sluice /sluice
COPY LICENSE NOTICE /
# Venues' certificates are checked against these; take your own machine's file, or only your venues' authorities.
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 10001:10001
VOLUME ["/data"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/sluice"]
CMD ["route", "-c", "/etc/sluice/desk.toml"]

# podman run --read-only --cap-drop=all --security-opt=no-new-privileges --network=host \
#   --ulimit nofile=65536 --ulimit core=0 --stop-timeout=60 --userns=keep-id:uid=10001,gid=10001 \
#   -v /etc/sluice:/etc/sluice:ro -v /var/lib/sluice:/data:Z sluice
#
# --network=host, because the page and the metrics listen on loopback only and FIX sessions are pinned to addresses.
# The journal needs a local disk with fdatasync: a bind mount or a volume of this machine, no network file system.
`

// exampleService prints the unit for a configuration; one that does not load yet has the usual folder.
func exampleService(w io.Writer, path string) error {
	folders := "/var/lib/sluice"
	if path == "" {
		path = "/etc/sluice/desk.toml"
	} else if file, err := config.Load(path); err == nil {
		folders = strings.Join(writes(file), " ")
	}
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	program, err := os.Executable()
	if err != nil {
		program = "/usr/local/bin/sluice"
	}
	_, err = fmt.Fprintf(w, serviceUnit, program, path, folders)
	return err
}

// writes gives the folders in which a router writes, none within another.
func writes(f *config.File) (folders []string) {
	set := map[string]bool{filepath.Dir(f.Router.JournalDir): true}
	if db, ok := strings.CutPrefix(f.Router.StoreURL, "sqlite:"); ok {
		set[filepath.Dir(strings.TrimPrefix(db, "//"))] = true
	}
	if dir := f.Journal.ArchiveDir; dir != "" {
		set[dir] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(set)) {
		if full, err := filepath.Abs(dir); err == nil {
			dir = full
		}
		if n := len(folders); n == 0 || dir != folders[n-1] && !strings.HasPrefix(dir, folders[n-1]+"/") {
			folders = append(folders, dir)
		}
	}
	return folders
}
