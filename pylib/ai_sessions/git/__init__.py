"""Git, by thin functions over the `git` command: the only room that starts it.

Reading takes no locks and runs no hooks; a commit runs the user's hooks and takes the user's name.
The state of all files, untracked ones too, is a tree of git's own (`snapshot`), so what an agent
changed is the difference of two trees, even where the user had open changes.
"""

from ai_sessions.git.command import need as need
from ai_sessions.git.commits import amend as amend
from ai_sessions.git.commits import commit as commit
from ai_sessions.git.commits import go_back as go_back
from ai_sessions.git.commits import identity as identity
from ai_sessions.git.commits import look_at as look_at
from ai_sessions.git.commits import loose_commit as loose_commit
from ai_sessions.git.commits import need_commits as need_commits
from ai_sessions.git.commits import need_identity as need_identity
from ai_sessions.git.commits import set_ref as set_ref
from ai_sessions.git.commits import unstage as unstage
from ai_sessions.git.large_files import pointers as pointers
from ai_sessions.git.reading import Change as Change
from ai_sessions.git.reading import branch as branch
from ai_sessions.git.reading import commit_id as commit_id
from ai_sessions.git.reading import default_branch as default_branch
from ai_sessions.git.reading import exists as exists
from ai_sessions.git.reading import files as files
from ai_sessions.git.reading import head as head
from ai_sessions.git.reading import ignored as ignored
from ai_sessions.git.reading import is_ancestor as is_ancestor
from ai_sessions.git.reading import is_repository as is_repository
from ai_sessions.git.reading import is_shallow as is_shallow
from ai_sessions.git.reading import last_change as last_change
from ai_sessions.git.reading import merge_base as merge_base
from ai_sessions.git.reading import message as message
from ai_sessions.git.reading import messages as messages
from ai_sessions.git.reading import overlooked as overlooked
from ai_sessions.git.reading import remotes as remotes
from ai_sessions.git.reading import root_commit as root_commit
from ai_sessions.git.reading import settings_in as settings_in
from ai_sessions.git.reading import status as status
from ai_sessions.git.reading import top_level as top_level
from ai_sessions.git.reading import unsettled as unsettled
from ai_sessions.git.reading import upstream as upstream
from ai_sessions.git.trees import carried_over as carried_over
from ai_sessions.git.trees import changed_between as changed_between
from ai_sessions.git.trees import changed_files as changed_files
from ai_sessions.git.trees import changed_since as changed_since
from ai_sessions.git.trees import content_at as content_at
from ai_sessions.git.trees import contents_at as contents_at
from ai_sessions.git.trees import diff as diff
from ai_sessions.git.trees import empty_tree as empty_tree
from ai_sessions.git.trees import entries_at as entries_at
from ai_sessions.git.trees import kinds_at as kinds_at
from ai_sessions.git.trees import patch as patch
from ai_sessions.git.trees import paths_in as paths_in
from ai_sessions.git.trees import restore as restore
from ai_sessions.git.trees import size_at as size_at
from ai_sessions.git.trees import snapshot as snapshot
from ai_sessions.git.trees import with_entries as with_entries
from ai_sessions.git.worktrees import add_worktree as add_worktree
from ai_sessions.git.worktrees import remove_worktree as remove_worktree
from ai_sessions.git.worktrees import worktree as worktree
