# SPDX-License-Identifier: Apache-2.0
"""The lock-down: what each process may ask of the kernel, and how that is enforced and measured.

`policy` says it as tables, `bpf` compiles them, `seccomp`, `landlock` and `namespaces` hand them to
the kernel, `enter` prepares a process before it runs our code, `lock` closes it from inside, and
`probe` measures from outside what really holds.
"""
