# SPDX-License-Identifier: MIT
#
# cryptosim: a target for each thing a person wants to do; "make help" lists
# them. What is built lies under build/, and nothing else is written to but the
# README's table of kernels, by test-matrix.

VERSION	:= 0.1.0
ABI	:= 0
PREFIX	?= /usr/local
LIBDIR	?= $(PREFIX)/lib
CFLAGS	?= -O2 -g

# Releases of the kernels that the module is built for: this machine's, and the
# one that the VM runs. KDIR is what kbuild reads of the former.
ifdef KDIR
KVER	?= $(shell cat $(KDIR)/include/config/kernel.release)
endif
KVER	?= $(shell qemu/kernel host)
VMKVER	?= $(shell qemu/kernel vm)
KDIR	?= /lib/modules/$(KVER)/build

MAKEFLAGS += --no-print-directory
Q	:= $(if $(filter 1,$(V)),,@)
say	= @printf '  %-8s%s\n' $(1) $(2)

# Targets that build start over in a make of their own, which meets a machine
# that qemu/setup has seen to.
again	= $(Q)+$(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all help demo test test-clients test-icount test-debug test-matrix
.PHONY: bench bench-quick bench-insn conformance check install clean
.PHONY: programs test-programs debug-programs bench-programs demo-programs
.PHONY: install-files run-bench
.DELETE_ON_ERROR:
.SECONDARY:

all:
	$(Q)qemu/setup build
	$(again) programs

help:
	@echo 'make           builds the module, the libraries and cryptosimctl'
	@echo 'make demo      shows the device at work in a VM'
	@echo 'make test      runs every test, here and in a VM'
	@echo 'make test-clients runs of these s_server, s_client and HAProxy alone'
	@echo 'make test-icount  runs those of the VM on one CPU that counts instructions'
	@echo 'make test-debug   runs those of the VM in kernels that check themselves,'
	@echo '                  and faults made on purpose that these must catch'
	@echo 'make test-matrix  runs those of the VM in other kernels of Debian and, of'
	@echo '                  the provider, with later OpenSSLs; writes README.md'\''s table'
	@echo 'make conformance  holds libasync-ossl against OpenSSL'\''s async API'
	@echo 'make bench     measures speed in a VM, beside rivals; bench-quick: in 3 minutes'
	@echo 'make bench-insn   counts instructions per request, against the last time'\''s'
	@echo 'make check     runs checkpatch, sparse, cppcheck and shellcheck'
	@echo 'make install   installs libraries, headers and cryptosimctl'
	@echo 'make clean     removes build/'
	@echo
	@echo 'Each installs the Debian packages that it misses, or names them.'
	@echo 'V=1            shows the commands'
	@echo 'KVER=, KDIR=   kernel release and build directory for the module'
	@echo 'VMKVER=        kernel release for the VM'
	@echo 'TESTS=         names of the test programs to run, instead of all'
	@echo 'KERNELS=       rows of test-matrix: those of qemu/kernel-stock, openssl-SUITE'
	@echo 'PARTS=         parts of test-debug: debug, kcsan, faults'
	@echo 'IMPL=          for conformance: another implementation, by pkg-config name'
	@echo 'BASELINE=write   for bench-insn: makes its figures those to compare with'
	@echo 'ACCEL=         kvm or tcg for the VM, instead of what works'
	@echo 'PREFIX=, LIBDIR=, DESTDIR=   where to install to'

demo:
	@echo '[1/3] packages'
	$(Q)qemu/setup build vm
	@echo '[2/3] build'
	$(again) demo-programs
	@echo '[3/3] demo in a VM (console: build/log/demo.log)'
	$(again) run-demo

test:
	@echo '[1/4] packages'
	$(Q)qemu/setup build vm test
	@echo '[2/4] build'
	$(again) test-programs
	$(again) run-tests

test-clients:
	$(Q)qemu/setup build vm test
	$(again) test-programs
	$(again) run-clients

test-icount:
	$(Q)qemu/setup build vm test
	$(again) test-programs
	$(again) run-icount

# The kernels are built or fetched once, into the user's cache.
KERNELS	?= bookworm bookworm-rt bookworm-backports trixie-backports \
	   openssl-trixie openssl-sid openssl-experimental
PARTS	?= debug kcsan faults

test-debug:
	$(Q)qemu/setup build vm test kernel
	$(again) debug-programs
	$(again) run-debug

test-matrix:
	$(Q)qemu/setup build vm test
	$(again) test-programs
	$(again) run-matrix

# Built anew, as the name may mean another library than the last time.
IMPL	?= libasync-ossl

conformance:
	$(Q)qemu/setup conformance
	$(if $(filter libasync-ossl drop-in,$(IMPL)),,$(Q)pkg-config \
		--exists --print-errors $(IMPL))
	$(Q)rm -f build/tests/conformance/$(IMPL)
	$(again) run-conformance

bench bench-quick bench-insn:
	$(Q)qemu/setup build vm bench
	$(again) bench-programs
	$(again) run-bench RUN=$@

check:
	$(Q)qemu/setup build vm test bench check
	$(again) test-programs demo-programs bench-programs
	$(again) run-check

install:
	$(Q)qemu/setup build
	$(again) programs
	$(again) install-files

clean:
	rm -rf build

# The module, built in a directory of links so that nothing is written beside
# the sources; one such directory for each kernel.

MODULE_SOURCES := Kbuild $(wildcard kernel/*.[ch] kernel/selftest/*.[ch] \
	include/uapi/linux/*.h)
module_kdir = $(if $(filter $(KVER),$(1)),$(KDIR),/lib/modules/$(1)/build)

# BTF of a module needs a vmlinux, which Debian's headers do not bring.
kbuild	= $(MAKE) -C $(1) M=$(CURDIR)/$(2) W=1 KCFLAGS=-Werror \
	  CONFIG_DEBUG_INFO_BTF_MODULES=

define module
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cp -rsf $(CURDIR)/Kbuild $(CURDIR)/kernel $(CURDIR)/include $(@D)
	$(Q)find $(@D) -xtype l -delete
	$(Q)+$(call kbuild,$(call module_kdir,$*),$(@D)) $(if $(Q),-s) $(1) modules
	$(Q)touch $@
endef

build/kernel-%/cryptosim.ko: $(MODULE_SOURCES)
	$(call module)

# The test build, which tests its own parts when it is loaded.
build/selftest-%/cryptosim.ko: $(MODULE_SOURCES)
	$(call module,CSIM_SELFTEST=1)

# The kernel's ciphers alone, for bench.
build/cipherbench-%/cipherbench.ko: $(wildcard tests/bench/cipher/*)
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cp -sf $(addprefix $(CURDIR)/,$^) $(@D)
	$(Q)+$(call kbuild,$(call module_kdir,$*),$(@D)) $(if $(Q),-s) modules
	$(Q)touch $@

build/cryptosim.ko: build/kernel-$(KVER)/cryptosim.ko
	$(Q)ln -sf kernel-$(KVER)/cryptosim.ko $@

# The libraries: the core, and the drop-in, which is the core and more.

objects = $(patsubst %,build/obj/%.o,$(basename $(wildcard $(1))))
CORE	:= $(call objects,lib/core/*.c)
OSSL	:= $(CORE) $(call objects,lib/ossl/*.c lib/ossl/*.S)
CONTROL	:= $(call objects,lib/control/*.c)
LIBS	:= build/libasync.so build/libasync-ossl.so \
	   build/libasync.a build/libasync-ossl.a
PROVIDER := build/cryptosim.so
netlink	= $(shell pkg-config $(1) libnl-genl-3.0 libnl-3.0 libkmod)

COMPILE	= $(CC) -std=gnu11 -Wall -Wextra -Werror -fPIC -pthread $(CFLAGS) \
	  -Iinclude -Iinclude/uapi $(DIRFLAGS) $(CPPFLAGS) -MMD -MP
build/obj/lib/%: DIRFLAGS = -Ilib -fvisibility=hidden
build/obj/lib/ossl/%: DIRFLAGS += -Iinclude/libasync
build/obj/lib/provider/%: DIRFLAGS += -DVERSION='"$(VERSION)"'
build/obj/lib/provider/bind.o: DIRFLAGS += -include provider/bindnames.h
build/obj/lib/control/% build/obj/lib/cryptosimctl.o: \
	DIRFLAGS += $(call netlink,--cflags)

build/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

build/obj/%.o: %.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# The binding a second time, for the provider, whose libcrypto is found at run
# time.
build/obj/lib/provider/bind.o: lib/ossl/bind.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

define archive
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)
endef

build/libasync.so.$(VERSION) build/libasync.a: $(CORE)
build/libasync-ossl.so.$(VERSION) build/libasync-ossl.a: $(OSSL)
build/libcontrol.a: $(CONTROL)

build/lib%.a:
	$(archive)

# The jobs of a thread end with it: their library may not go before.
build/libasync-ossl.so.$(VERSION): LDFLAGS += -Wl,-z,nodelete

build/lib%.so.$(VERSION): lib/lib%.map
	$(call say,LD,$@)
	$(Q)$(CC) -shared -pthread $(CFLAGS) $(LDFLAGS) -Wl,-z,defs \
		-Wl,-soname,lib$*.so.$(ABI) -Wl,--version-script=lib/lib$*.map \
		-o $@ $(filter %.o,$^)

build/lib%.so: build/lib%.so.$(VERSION)
	$(Q)ln -sf lib$*.so.$(VERSION) build/lib$*.so.$(ABI)
	$(Q)ln -sf lib$*.so.$(ABI) $@

# The OpenSSL provider. It has the core inside, and no libcrypto: that would be
# one beside the application's. Its code stays when it is unloaded, for threads
# and wait ctxs that come back to it later.
$(PROVIDER): $(CORE) $(call objects,lib/provider/*.c) \
		build/obj/lib/provider/bind.o lib/cryptosim.map
	$(call say,LD,$@)
	$(Q)$(CC) -shared -pthread $(CFLAGS) $(LDFLAGS) -Wl,-z,defs \
		-Wl,-z,nodelete -Wl,--version-script=lib/cryptosim.map \
		-o $@ $(filter %.o,$^)

# Programs.

define link
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
		-Wl,--as-needed $(LINKLIBS) $(call netlink,--libs)
endef

build/bin/cryptosimctl: build/obj/lib/cryptosimctl.o build/libcontrol.a
	$(link)

programs: build/cryptosim.ko $(LIBS) $(PROVIDER) build/bin/cryptosimctl
	@:

# Tests and the demo see all of the libraries, and <openssl/async.h> is ours.

# All of the test programs, unless the person names some.
TESTS	?= *
TEST_PARTS := build/tests/libcommon.a build/libcontrol.a build/libasync-ossl.a
COMMON	:= $(call objects,tests/common/*.c)
DEMO	:= $(call objects,tests/demo/*.c)
BENCH	:= $(call objects,tests/bench/*.c)
tests	= $(patsubst tests/$(1)/%.c,build/$(2)%,$(wildcard \
	  $(addsuffix .c,$(addprefix tests/$(1)/,$(TESTS)))))
UNIT	:= $(call tests,unit,tests/unit/)
GUEST	:= $(call tests,guest,tests/guest/)
PROVIDED := $(call tests,provider,tests/guest/provider-)
# Those of OpenSSL's clients; the handshakes take an emulated machine long.
CLIENTS	:= $(filter %-tls %-haproxy,$(PROVIDED))
EXAMPLES := $(call tests,examples,examples/)
# Those that have two threads of their own, for the race detector.
THREADED := $(foreach test,$(GUEST),$(if $(shell grep -lsE \
	'pthread_create|async_poller_start' $(test:build/%=%.c)),$(test)))
# What meets the faults made on purpose, whatever TESTS is (tests/run-faults).
FAULTY	:= build/examples/hello build/tests/guest/wakeup \
	   build/tests/guest/failnth

build/obj/tests/%: DIRFLAGS = -Iinclude/libasync -Ilib -Itests/common
build/obj/tests/examples/%: DIRFLAGS =
build/obj/tests/provider/%: DIRFLAGS = -Ilib -Itests/common \
	-Itests/provider/lib
build/obj/tests/examples/job.o: DIRFLAGS = -Iinclude/libasync
build/bin/demo: LINKLIBS = -lcrypto
# It counts the library's system calls, and has OpenSSL's jobs beside ours.
build/bin/asyncbench: LDFLAGS += -Wl,--exclude-libs,libasync-ossl.a
build/bin/asyncbench: LINKLIBS = -lcrypto -luring -lkcapi -lm -ldl \
	-Wl,--wrap=ioctl,--wrap=poll
build/tests/% build/plain/%: LINKLIBS = -lcriterion -lcrypto
# It counts the library's doorbells.
build/tests/guest/full: LINKLIBS += -Wl,--wrap=ioctl
build/tests/unit/jobstack build/tests/unit/report: LINKLIBS += -lm
# It has two implementations of jobs, and libcrypto is not to call ours.
build/tests/unit/jobspeed: LDFLAGS += -Wl,--exclude-libs,libasync-ossl.a

build/tests/libcommon.a: $(COMMON)
	$(archive)

# Tests built otherwise, to be run like the others. NAME-asan and NAME-tsan: with
# a sanitizer in all of it. NAME-valgrind: in valgrind. NAME-libcrypto: of
# OpenSSL's jobs, by OpenSSL's header. NAME-aarch64: in QEMU.
VARIED	:= job jobplus jobop storm room cancel interrupt callback
VARIANTS := job-libcrypto jobplus-aarch64 jobstack-aarch64 \
	    $(foreach v,asan tsan valgrind,$(VARIED:%=%-$(v)))
variants = $(addprefix build/tests/$(1)/,$(filter $(subst *,%,$(TESTS)),$(2)))
UNIT	+= $(call variants,unit,$(VARIANTS))
GUEST	+= $(call variants,guest,storm-asan)

define sanitized
build/$(1)/%: CFLAGS += -O1 -fsanitize=$(2) -fno-omit-frame-pointer
build/$(1)/obj/lib/%: DIRFLAGS = -Ilib -Iinclude/libasync
build/$(1)/obj/tests/%: DIRFLAGS = $(4) -Iinclude/libasync -Ilib -Itests/common

build/$(1)/obj/%.o: %.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(COMPILE) $(3) -c -o $$@ $$<

build/$(1)/obj/%.o: %.S
	$$(call say,AS,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(COMPILE) -c -o $$@ $$<

build/$(1)/libtested.a: $(OSSL:build/%=build/$(1)/%)
	$$(archive)

build/tests/unit/%-$(1): CFLAGS += -fsanitize=$(2)
build/tests/unit/%-$(1): build/$(1)/obj/tests/unit/%.o $(5) \
		$(patsubst %,build/$(1)/obj/tests/common/%.o,fakedev rng storm) \
		build/$(1)/libtested.a
	$$(link)
endef

# A fence is nothing to TSan, and gcc says so; Criterion does not run there.
$(eval $(call sanitized,asan,address))
$(eval $(call sanitized,tsan,thread,-Wno-tsan,-Itests/plain, \
	build/tsan/obj/tests/plain/main.o))

build/tests/guest/%-asan: CFLAGS += -fsanitize=address
build/tests/guest/%-asan: build/asan/obj/tests/guest/%.o \
		build/asan/obj/tests/common/storm.o build/asan/libtested.a \
		build/tests/libcommon.a build/libcontrol.a
	$(link)

build/obj/tests/unit/%-libcrypto.o: tests/unit/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -DOF_OPENSSL -c -o $@ $<

build/obj/tests/unit/%-libcrypto.o: DIRFLAGS =
build/tests/unit/%-libcrypto: build/obj/tests/unit/%-libcrypto.o
	$(link)

build/obj/plain/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

build/obj/plain/%: DIRFLAGS = -Itests/plain -Iinclude/libasync -Ilib -Itests/common
build/plain/%: build/obj/plain/tests/unit/%.o build/obj/plain/tests/plain/main.o \
		build/obj/plain/tests/common/storm.o $(TEST_PARTS)
	$(link)

build/tests/unit/%-valgrind: build/plain/% tests/valgrind
	$(call say,GEN,$@)
	$(Q)printf '#!/bin/sh\nexec %s %s "$$@"\n' tests/valgrind $< >$@
	$(Q)chmod +x $@

AARCH64	?= aarch64-linux-gnu-
build/obj/aarch64/%: CC = $(AARCH64)gcc
build/obj/aarch64/%: CFLAGS += -mbranch-protection=standard
build/obj/aarch64/%: DIRFLAGS = -Itests/plain -Iinclude/libasync -Ilib

build/obj/aarch64/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

build/obj/aarch64/%.o: %.S
	$(call say,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

build/aarch64/%: build/obj/aarch64/tests/unit/%.o \
		build/obj/aarch64/tests/plain/main.o \
		$(patsubst build/obj/%,build/obj/aarch64/%,$(filter-out \
		%/bind.o %/jobop.o %-x86_64.o,$(filter build/obj/lib/ossl/%,$(OSSL))))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(AARCH64)gcc -pthread -o $@ $^ -lm

build/tests/unit/%-aarch64: build/aarch64/%
	$(call say,GEN,$@)
	$(Q)printf '#!/bin/sh\nexec qemu-aarch64 -L /usr/aarch64-linux-gnu %s "$$@"\n' $< >$@
	$(Q)chmod +x $@

# Programs for tests/unit/dropin.c: built by OpenSSL's header and linked with
# its library or with ours; built by ours, which needs one -I and no extensions.
DROPIN	:= $(addprefix build/dropin/,client-libcrypto client-linked \
	   client-header tls newer late)
build/tests/unit/dropin: | $(DROPIN)

build/dropin/%:
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c99 -pedantic -Wall -Wextra -Werror $(CFLAGS) -o $@ \
		$(filter %.c %.3,$^) $(DROPIN_FLAGS)

$(filter build/dropin/client-%,$(DROPIN)): tests/dropin/client.c build/libasync-ossl.so
build/dropin/client-libcrypto: DROPIN_FLAGS = -lcrypto
build/dropin/client-linked: DROPIN_FLAGS = -Lbuild -lasync-ossl
build/dropin/client-header: DROPIN_FLAGS = -Iinclude/libasync -Lbuild -lasync-ossl
build/dropin/tls: tests/dropin/tls.c
build/dropin/tls: DROPIN_FLAGS = -lssl -lcrypto
build/dropin/late: tests/dropin/late.c build/libasync-ossl.so
build/dropin/late: DROPIN_FLAGS = -D_DEFAULT_SOURCE -Iinclude/libasync -Lbuild \
	-lasync-ossl
build/dropin/newer: tests/dropin/newer.c build/dropin/libcrypto.so.3
build/dropin/newer: DROPIN_FLAGS = -Iinclude/libasync
build/dropin/libcrypto.so.3: tests/dropin/stub.c tests/dropin/stub.map
build/dropin/libcrypto.so.3: DROPIN_FLAGS = -Iinclude/libasync -fPIC -shared \
	-Wl,-soname,libcrypto.so.3 -Wl,--version-script=tests/dropin/stub.map

build/bin/demo: $(DEMO) $(TEST_PARTS)
	$(link)

build/bin/asyncbench: $(BENCH) build/libcontrol.a build/libasync-ossl.a
	$(link)

build/tests/%: build/obj/tests/%.o $(TEST_PARTS)
	$(link)

# Tests of the provider are programs such as OpenSSL's users have: with its
# header, and with its jobs.
build/tests/libharness.a: $(call objects,tests/provider/lib/*.c)
	$(archive)

build/tests/guest/provider-%: LINKLIBS = -lcriterion -lssl -lcrypto -ldl
build/tests/guest/provider-%: build/obj/tests/provider/%.o \
		build/tests/libharness.a build/tests/libcommon.a \
		build/libcontrol.a build/libasync.a
	$(link)

build/tests/unit/report: $(patsubst %,build/obj/tests/bench/%.o, \
	report plot stats kinds)

# Two on this machine: what needs no device, and what needs one that fails.
build/tests/unit/unpad: build/obj/lib/provider/unpad.o
build/obj/tests/unit/offload.o: DIRFLAGS = -Ilib -Itests/common \
	-Itests/provider/lib
build/tests/unit/offload: build/obj/tests/unit/offload.o \
		$(call objects,lib/provider/*.c) build/obj/lib/provider/bind.o \
		build/tests/libharness.a build/tests/libcommon.a \
		build/libcontrol.a build/libasync.a
	$(link)

# An example is a program such as a user's: it gets the shared library alone.
build/examples/%: EXAMPLE_LIBS = -lasync
build/examples/job: EXAMPLE_LIBS = -lasync-ossl
build/examples/uring: EXAMPLE_LIBS = -lasync -luring

build/examples/job: build/libasync-ossl.so
build/examples/%: build/obj/tests/examples/%.o build/libasync.so
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -Lbuild $(EXAMPLE_LIBS)

# The conformance suite, which has no part of ours: for our library, for another
# one (by its name in pkg-config), and for ours as programs have it that were
# built with OpenSSL's header.

CONFORMANCE := $(addprefix build/tests/conformance/,$(filter \
	$(subst *,%,$(TESTS)),libasync-ossl libcrypto drop-in))

build/tests/conformance/libasync-ossl: IMPL_FLAGS = $(OURS) -Iinclude \
	-Iinclude/libasync
build/tests/conformance/drop-in: IMPL_FLAGS = $(OURS)
build/tests/conformance/libasync-ossl build/tests/conformance/drop-in: \
	OURS = -DSTRICT=1 -Lbuild -lasync-ossl -Wl,-rpath,$(CURDIR)/build
build/tests/conformance/%: IMPL_FLAGS = $(shell pkg-config --cflags --libs $*) \
	-Wl,-rpath,$(shell pkg-config --variable=libdir $*)

build/tests/conformance/libasync-ossl build/tests/conformance/drop-in: \
	build/libasync-ossl.so include/libasync/openssl/async.h
build/tests/conformance/%: $(wildcard tests/conformance/*.[ch])
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Wall -Wextra -Werror -pthread $(CFLAGS) \
		$(LDFLAGS) -o $@ $(filter %.c,$^) $(IMPL_FLAGS)

# The VM. Its module is built for its kernel.

# What the guest gets beside the tests; the provider's drive these clients.
TOOLS	:= build/bin/cryptosimctl $(PROVIDER)
clients	= dir=$$(qemu/unpacked bookworm openssl haproxy) && \
	  TOOLS="$(TOOLS) $$dir/usr/bin/openssl $$dir/usr/sbin/haproxy"
VM_MODULE := build/kernel-$(VMKVER)/cryptosim.ko
CIPHER	:= build/cipherbench-$(VMKVER)/cipherbench.ko
SELFTEST := build/selftest-$(VMKVER)/cryptosim.ko
vm	= kernel=$$(qemu/kernel fetch $(VMKVER)) && \
	  KERNEL=$$kernel/vmlinuz MODULES=$$kernel/modules MODULE=$(VM_MODULE)

demo-programs: programs $(VM_MODULE) build/bin/demo
	@:

bench-programs: programs $(VM_MODULE) $(CIPHER) build/bin/asyncbench
	@:

test-programs: programs $(VM_MODULE) $(SELFTEST) $(UNIT) $(CONFORMANCE) $(GUEST) \
	$(PROVIDED) $(EXAMPLES)
	@:

debug-programs: test-programs $(FAULTY)
	@:

.PHONY: run-demo run-tests run-clients run-icount run-debug run-matrix run-conformance
.PHONY: run-check
run-demo:
	$(Q)$(vm) qemu/boot demo build/bin/demo build/bin/cryptosimctl

run-tests:
	$(Q)$(clients) && $(vm) SELFTEST=$(SELFTEST) TOOLS="$$TOOLS" \
		BOOT_LIMIT=1800 tests/run $(UNIT) $(CONFORMANCE) $(GUEST) \
		$(PROVIDED) $(EXAMPLES)

run-clients:
	$(Q)$(clients) && $(vm) TOOLS="$$TOOLS" NAME=clients BOOT_LIMIT=1800 \
		tests/run $(CLIENTS)

run-icount:
	$(Q)$(vm) SELFTEST=$(SELFTEST) TOOLS="$(TOOLS)" \
		NAME=icount ACCEL=icount tests/run $(GUEST) \
		$(filter %-threshold,$(PROVIDED)) $(EXAMPLES)

# Name, minutes and command of each part, as tests/run-parts takes them.
part-debug = debug 60 "tests/run-kernel debug -- $(filter-out %-asan,$(GUEST)) $(EXAMPLES)"
part-kcsan = kcsan 60 "tests/run-kernel kcsan -- $(THREADED)"
part-faults = faults 30 "tests/run-faults debug kcsan"

run-debug:
	$(Q)TOOLS="$(TOOLS)" \
		tests/run-parts $(foreach part,$(PARTS),$(part-$(part)))

# Only a run of all tests on all kernels says what the README has.
run-matrix:
	$(Q)TOOLS="$(TOOLS)" $(if $(filter file-file, \
		$(origin TESTS)-$(origin KERNELS)),TABLE=README.md) \
		tests/run-kernel $(KERNELS) -- $(GUEST) $(PROVIDED) $(EXAMPLES)

run-bench:
	$(Q)$(vm) CIPHER=$(CIPHER) BASELINE=$(BASELINE) tests/run-bench $(RUN)

run-conformance: build/tests/conformance/$(IMPL)
	$(Q)$<

run-check:
	$(Q)SPARSE="$(call kbuild,$(KDIR),build/kernel-$(KVER)) -s C=2 \
		CHECK=sparse modules" tests/run-check

# Installation. The module is not installed: it is a kernel's, not a prefix's.

install-files:
	install -d $(addprefix $(DESTDIR),$(LIBDIR)/pkgconfig $(PREFIX)/bin \
		$(PREFIX)/include/libasync/openssl $(PREFIX)/include/linux)
	cp -d build/libasync*.so* build/libasync*.a $(DESTDIR)$(LIBDIR)
	install build/bin/cryptosimctl $(DESTDIR)$(PREFIX)/bin
	install -D $(PROVIDER) -t $(DESTDIR)$(LIBDIR)/ossl-modules
	install -m 644 include/libasync/*.h $(DESTDIR)$(PREFIX)/include/libasync
	install -m 644 include/libasync/openssl/*.h \
		$(DESTDIR)$(PREFIX)/include/libasync/openssl
	install -m 644 include/uapi/linux/*.h $(DESTDIR)$(PREFIX)/include/linux
	$(Q)for pc in libasync libasync-ossl; do \
		sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' \
			lib/$$pc.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$$pc.pc; \
	done

-include $(shell find build/obj build/*/obj -name '*.d' 2>/dev/null)
