# Usage: soak_member.sh LIVES WAYS. One member of a soak: it notes what it does in notes/NAME.REPLICA, and holds a lock for as
# long as anything of it lives. The n-th start lives for the n-th of LIVES (seconds, 0: for good) and then crashes in the n-th
# of WAYS, unless the file `calm` is there by then.
me=${HOMEPORT_RUN%/*}
me=${me##*/}
case $me in *.*) ;; *) me=$me.1 ;; esac

note() {
    read -r now _ < /proc/uptime
    echo "$1 $now" >> "notes/$me"
}

note start
exec 9> "locks/$me"
flock -n 9 || echo "$me" >> twice
trap 'note end; exit 143' TERM
count=0
[ -e "counts/$me" ] && read -r count < "counts/$me"
echo $((count + 1)) > "counts/$me"
nth() {
    shift $((count % ($# - 1) + 1))
    echo "$1"
}
life=$(nth _ $1)
way=$(nth _ $2)

note ready
echo "ready now"
if [ "$life" != 0 ]; then
    sleep "$life" &
    wait $!
    if ! [ -e calm ]; then
        (trap "" TERM; exec sleep 1000) & # it is left behind, holds the lock, and ends only when it must
        note end
        case $way in
            kill) kill -9 $$ ;;
            *) exit "$way" ;;
        esac
    fi
fi
sleep 100000 &
wait $!
