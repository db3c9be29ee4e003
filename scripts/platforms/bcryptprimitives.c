/* A stand-in for bcryptprimitives.dll, which Debian 12's wine 8.0 lacks.
 *
 * Go's runtime loads ProcessPrng from it before main. Being loaded by every Go
 * program, the library also repairs one answer of wine's ntdll: asked to set a
 * class of file information it does not know, NtSetInformationFile says "not
 * implemented", where Windows says "invalid class". os.RemoveAll falls back to
 * an older class on the latter only.
 */
#include <windows.h>

#define INVALID_INFO_CLASS ((LONG)0xC0000003)
#define NOT_IMPLEMENTED ((LONG)0xC0000002)
#define THUNK_SIZE 32 /* wine's system call thunk holds no relative address to the outside */

__declspec(dllimport) BOOLEAN WINAPI SystemFunction036(void *, ULONG); /* RtlGenRandom */

typedef LONG(WINAPI *set_info_fn)(HANDLE, void *, void *, ULONG, ULONG);
static set_info_fn set_info;

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *out, SIZE_T left)
{
    const SIZE_T most = 1u << 30;
    for (SIZE_T n; left > 0; out += n, left -= n) {
        n = left < most ? left : most;
        if (!SystemFunction036(out, (ULONG)n))
            return FALSE;
    }
    return TRUE;
}

static LONG WINAPI answer(HANDLE file, void *io, void *info, ULONG len, ULONG class)
{
    LONG status = set_info(file, io, info, len, class);
    return status == NOT_IMPLEMENTED ? INVALID_INFO_CLASS : status;
}

static void repair(void)
{
    static const BYTE thunk[4] = {0x4c, 0x8b, 0xd1, 0xb8}; /* mov r10, rcx; mov eax, ... */
    BYTE jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0}; /* mov rax, answer; jmp rax */
    BYTE *at = (BYTE *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtSetInformationFile");
    BYTE *copy;
    DWORD was;
    int i;

    for (i = 0; at && i < 4; i++)
        if (at[i] != thunk[i])
            return; /* another wine: leave it alone */
    if (!at || !(copy = VirtualAlloc(NULL, THUNK_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE)))
        return;
    for (i = 0; i < THUNK_SIZE; i++)
        copy[i] = at[i];
    set_info = (set_info_fn)copy;
    *(ULONG_PTR *)(jump + 2) = (ULONG_PTR)answer;
    if (!VirtualProtect(at, THUNK_SIZE, PAGE_EXECUTE_READWRITE, &was))
        return;
    for (i = 0; i < 12; i++)
        at[i] = jump[i];
    VirtualProtect(at, THUNK_SIZE, was, &was);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD why, void *unused)
{
    (void)self, (void)unused;
    if (why == DLL_PROCESS_ATTACH)
        repair();
    return TRUE;
}
