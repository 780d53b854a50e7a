# Usage: crash_until_mended.sh SECONDS. Notes each start in `starts`; ends after SECONDS until the file `mended` is there.
cut -d " " -f 1 /proc/uptime >> starts
if [ -e mended ]; then
    sleep 0.2
    touch serving
    exec sleep 1000
fi
sleep "$1"
echo "no money left" >&2
exit 3
