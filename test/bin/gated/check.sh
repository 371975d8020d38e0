# Run test files in one shell each; a missing one fails.
[ -z "${GATES-}" ] || . "$GATES/gate.sh" && gate tests
for file; do
  [ -f "$file" ] && (. "./$file") || exit 1
done
