# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel module, for any number of kernels from one source tree: a directory
# of links to the sources for each kernel, where its objects go.
#
#	make module			for the running kernel, else the newest headers found
#	make module KERNELDIR=DIR	for the kernel whose build directory DIR is
#	make module KERNEL=6.1		for a kernel in the cache (see make kernels)

KERNEL ?=
KLIPS_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/klips
export KLIPS_CACHE
ifneq ($(KERNEL),)
KERNELDIR = $(KLIPS_CACHE)/kernels/$(KERNEL)/build
else
KERNELDIR ?= $(shell tests/vm/kerneldir)
endif

# the release of a build directory, as modules for it carry it
kernel_release = $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"$$/\1/p' \
	'$(1)/include/generated/utsrelease.h' 2>/dev/null)
KRELEASE = $(call kernel_release,$(KERNELDIR))
MODULE_DIR = $(B)/module/$(KRELEASE)
MODULE_KO = $(MODULE_DIR)/ipsec.ko
MODULE_SOURCES := Kbuild VERSION klips include

# The compiler is the kernel's own unless one is named on the command line.
KBUILD_ARGS = -C $(KERNELDIR) $(if $(filter uml%,$(KERNEL)),ARCH=um SUBARCH=x86_64) M=$(abspath $(MODULE_DIR)) W=1 KCFLAGS=-Werror \
	$(if $(filter command line,$(origin CC)),CC=$(CC)) --no-print-directory

.PHONY: module module-kernel module-links sparse export-check
module: module-links ## build ipsec.ko (KERNEL=6.1|6.12|7.2|debug|kcsan|uml or KERNELDIR=DIR)
	@flock $(MODULE_DIR)/.lock tests/vm/kbuild $(MODULE_DIR)/build.log $(KBUILD_ARGS) modules
	@tests/vm/export-check $(MODULE_KO) $(KERNELDIR)
	@echo "module: $(MODULE_KO)"

# a stock kernel that is asked for by name is fetched
module-kernel:
	@$(if $(filter 6.%,$(KERNEL)),tests/vm/kernels $(KERNEL))
	@test -e '$(KERNELDIR)/Module.symvers' || { \
		echo "module: no kernel headers$(if $(KERNELDIR), in $(KERNELDIR)); \
	install some, or: make module KERNEL=6.12" >&2; exit 1; }

# file by file, so that objects do not land in the source tree
module-links: module-kernel
	@mkdir -p $(MODULE_DIR) && flock $(MODULE_DIR)/.lock sh -c ' \
		cd $(MODULE_DIR) && cp -rsf $(foreach s,$(MODULE_SOURCES),$(CURDIR)/$(s)) . && \
		find . -xtype l -delete'

# What sparse says about our files; the headers' own noise is left out.  It does
# not know __has_include_next(), which klips/compat/ asks for headers that only
# the oldest kernel lacks.
SPARSE_FLAGS = -D__CHECK_ENDIAN__ '-D__has_include_next(x)=$(if $(filter 6.1.%,$(KRELEASE)),0,1)'
sparse: module-links ## run sparse over the module (KERNEL= as for module)
	@flock $(MODULE_DIR)/.lock tests/vm/kbuild --sparse $(MODULE_DIR)/sparse.log \
		$(KBUILD_ARGS) C=2 CF="$(SPARSE_FLAGS)" modules

export-check: ## every symbol ipsec.ko needs is exported by all cached kernels
	@tests/vm/export-check $(MODULE_KO) $(KERNELDIR)
