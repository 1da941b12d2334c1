#!/usr/bin/zsh -f
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ask.zsh DIRECTORY LINE...: what an interactive zsh that finds its completions in
# DIRECTORY offers behind each LINE: for each a line with the words, sorted.  Status 1
# if it does not answer.
zmodload zsh/zpty zsh/zselect
home=$(mktemp -d)
trap 'rm -rf $home' EXIT

# the words that are offered go to a file on their way to the line
cat > $home/.zshrc <<END
fpath=(${(q)1:A} \$fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
	local -a offered
	builtin compadd -O offered "\$@"
	(( ! \$#offered )) || print -rl -- \$offered >> $home/words
	builtin compadd "\$@"
}
ask() {
	zle complete-word
	zle kill-whole-line
	: > $home/end
}
zle -N ask
bindkey '^I' ask
unsetopt auto_list
PROMPT=ready
END
shift
zpty -b shell "ZDOTDIR=$home exec zsh -i"
zpty -r -m shell out '*ready*' || exit 1
for line; do
	: > $home/words
	zpty -w -n shell "$line"$'\t'
	for (( n = 0; n < 3000; n++ )); do
		[[ ! -e $home/end ]] || break
		zpty -r -t shell out
		zselect -t 1
	done
	rm $home/end || exit 1
	print -r -- ${(ou)${(f)"$(<$home/words)"}}
done
zpty -d shell
