"""A field for files, with the role that a screen reader needs.

Streamlit 1.67 gives the area that takes dropped files a name and the role ``presentation``, which
says that it has none (axe: presentation-role-conflict). A group may have a name.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

_ROLES = """
<script>
(() => {
  if (window.plannerUploadRoles) return;
  const area = '[data-testid=stFileUploaderDropzone][role=presentation]';
  const mend = () => document.querySelectorAll(area).forEach(e => e.setAttribute('role', 'group'));
  window.plannerUploadRoles = new MutationObserver(mend);
  window.plannerUploadRoles.observe(document.body, {childList: true, subtree: true});
  mend();
})();
</script>
"""


def upload_field(label: str, key: str, most_mb: int, **options: Any) -> None:
    """A field for a file of at most ``most_mb`` MB; the session holds it under ``key``."""
    st.file_uploader(label, key=key, max_upload_size=most_mb, **options)
    st.html(_ROLES, unsafe_allow_javascript=True)


def drop(file: UploadedFile) -> None:
    """Free the server's memory of a file; Streamlit would keep it until the session ends."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
