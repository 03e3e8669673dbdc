# Makes the Python environment that ./start, ./check and .ci/matrix run in. Sourced, never run.
# bash 3.2 and BSD tools are enough.
# shellcheck shell=bash
: "${root:?the caller sets it to the absolute path of the checkout}"

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

# Sets `python`: the first Python that is new enough and can make an environment.
find_python() {
    local candidate version old="" bare=""
    set -- python3.13 python3.12 python3.11 python3
    if [ -n "${CONNECT_SAML_PYTHON:-}" ]; then set -- "$CONNECT_SAML_PYTHON"; fi
    for candidate in "$@"; do
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! is_new_enough "$candidate"; then
            old=$version
        elif ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            bare=${bare:-$version}
        else
            python=$candidate python_version=$version
            return
        fi
    done
    if [ -n "$bare" ]; then
        stop "Python $bare is here, but its venv module is not: run 'sudo apt-get install python$bare-venv'" \
            "(on other systems: reinstall Python), then run this again."
    fi
    stop "connect_saml_nb needs Python 3.11 or newer and found ${old:+only Python }${old:-none}: install one" \
        "(Debian, Ubuntu: 'sudo apt-get install python3 python3-venv'; macOS: 'brew install python@3.13')," \
        "then run this again."
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# prepare ENVIRONMENT REQUIREMENTS...: an environment that holds exactly these files' packages, made only when needed.
# Sets `venv_python`. The stamp tells what is in it; while something is being installed it says 'unfinished'.
prepare() {
    venv=$1 venv_python=$1/bin/python stamp=$1/.connect-saml-nb log=$1/install.log
    shift
    if is_ready "$@"; then return; fi
    make_environment
    install_requirements "$@"
}

is_ready() {
    local file
    [ -f "$stamp" ] && is_new_enough "$venv_python" && grep -Fqx "at $root" "$stamp" || return 1
    for file in "$@"; do
        grep -Fqx "$(fingerprint "$file")" "$stamp" || return 1
    done
}

fingerprint() { printf '%s %s' "$1" "$(cksum <"$root/$1")"; }

# An environment that was made by hand is kept as it is; one of ours that is not whole is made again.
make_environment() {
    if [ -f "$stamp" ] && grep -Fqx 'made by hand' "$stamp"; then
        keep_environment
    elif [ -f "$stamp" ]; then
        if is_new_enough "$venv_python" && grep -Fqx "at $root" "$stamp"; then return; fi
        new_environment
    elif [ -e "$venv_python" ]; then
        keep_environment
    else
        new_environment
    fi
}

keep_environment() {
    if ! is_new_enough "$venv_python" || ! "$venv_python" -m pip --version >/dev/null 2>&1; then
        stop "$venv is here, but holds no Python 3.11 or newer with pip: remove that folder, then run this again."
    fi
    printf '%s\n' 'made by hand' 'unfinished' >"$stamp"
}

new_environment() {
    find_python
    say "Setting up with Python $python_version in $(basename "$venv") (once, about a minute) ..."
    mkdir -p "$venv"
    printf '%s\n' 'made by start' 'unfinished' >"$stamp" # before anything else, so that an interruption shows
    find "$venv/" -mindepth 1 -maxdepth 1 ! -name "$(basename "$stamp")" -exec rm -rf {} +
    if ! "$python" -m venv "$venv" >"$log" 2>&1; then
        stop "The environment $venv could not be made; the reason is at the end of $log"
    fi
}

install_requirements() {
    local file origin
    origin=$(head -n 1 "$stamp")
    printf '%s\n' "$origin" 'unfinished' >"$stamp"
    say "Installing the packages of $* (log: $log) ..."
    pip_install "$@" || stop "$(why_not_installed)"
    {
        printf '%s\n' "$origin" "at $root"
        for file in "$@"; do printf '%s\n' "$(fingerprint "$file")"; done
    } >"$stamp.new"
    mv "$stamp.new" "$stamp"
}

# In the checkout, because '-e .' in a requirements file means the folder that pip runs in.
pip_install() {
    local file
    local arguments=()
    for file in "$@"; do arguments+=(-r "$file"); done
    (cd "$root" && PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_RETRIES=${PIP_RETRIES:-2} \
        "$venv_python" -m pip install --no-input --progress-bar off "${arguments[@]}") >"$log" 2>&1
}

why_not_installed() {
    local network='NewConnectionError|Connect(ion)?Timeout|ReadTimeout|ProxyError|SSLError'
    network="$network|Temporary failure in name resolution|nodename nor servname|Network is unreachable"
    network="$network|Connection (refused|reset|aborted)|connection broken by|Could not fetch URL"
    if grep -q 'No space left on device' "$log"; then
        printf '%s' "The disk is full: make room (about 700 MB), then run this again."
    elif grep -q 'CERTIFICATE_VERIFY_FAILED' "$log"; then
        printf '%s' "The download server's certificate is not trusted (often a company's own proxy): set PIP_CERT and" \
            " SSL_CERT_FILE to the file with your company's certificates, then run this again. Details: $log"
    elif grep -Eq "$network" "$log"; then
        printf '%s' "The packages could not be downloaded: check the network (and the proxy, if there is one)," \
            " then run this again. Details: $log"
    else
        printf '%s' "The packages could not be installed: $(grep '^ *ERROR: ' "$log" | tail -n 1 | cut -c 1-300)" \
            " Details: $log"
    fi
}
