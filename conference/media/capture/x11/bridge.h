// The bridge to Xlib: what takes several calls, reads an error or walks a structure is one function
// here. Nothing of Go is kept.

#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xfixes.h>
#include <X11/extensions/Xrandr.h>

enum { GRAB_OK, GRAB_CHANGED, GRAB_FAILED, GRAB_LOST };
enum { OPEN_OK, OPEN_NO_DISPLAY, OPEN_NO_SHM, OPEN_DEPTH };

typedef struct {
	Display *display;
	Window root;
	XImage *image; // NULL: nothing attached
	XShmSegmentInfo shm;
	int x, y;
	int cursor;       // XFixes is there
	int randr;        // RandR 1.5 is there
	int randr_event;  // its first event
	volatile int lost;
} grabber;

typedef struct {
	char name[128];
	int x, y, width, height, primary;
} monitor;

// last_error is the last X error of this thread. Xlib calls the handler in the thread that waits for the
// answer, and each connection here is used by one thread.
static __thread unsigned char last_error;

// handle_error replaces Xlib's handler, which ends the process.
static int handle_error(Display *display, XErrorEvent *event) {
	(void)display;
	last_error = event->error_code;
	return 0;
}

// handle_io_error replaces Xlib's handler, which ends the process with words on stderr. When it returns,
// Xlib calls what the connection has for this case: handle_loss for ours, exit() for others.
static int handle_io_error(Display *display) {
	(void)display;
	return 0;
}

// handle_loss notes that the server went away.
static void handle_loss(Display *display, void *data) {
	(void)display;
	((grabber *)data)->lost = 1;
}

// watch_errors makes sure that errors come to us: toolkits in the same process swap the handler, too.
static void watch_errors(void) {
	XSetErrorHandler(handle_error);
	XSetIOErrorHandler(handle_io_error);
	last_error = 0;
}

static int open_grabber(grabber *g) {
	int event, error, major, minor;
	memset(g, 0, sizeof *g);
	XInitThreads(); // older Xlibs do not do it themselves; again does no harm
	watch_errors();
	g->display = XOpenDisplay(NULL);
	if (!g->display)
		return OPEN_NO_DISPLAY;
	XSetIOErrorExitHandler(g->display, handle_loss, g);
	g->root = DefaultRootWindow(g->display);
	if (!XShmQueryExtension(g->display))
		return OPEN_NO_SHM;
	Visual *visual = DefaultVisual(g->display, DefaultScreen(g->display));
	if (visual->red_mask != 0xff0000 || visual->green_mask != 0xff00 || visual->blue_mask != 0xff ||
	    ImageByteOrder(g->display) != LSBFirst)
		return OPEN_DEPTH;
	major = 2, minor = 0;
	g->cursor = XFixesQueryExtension(g->display, &event, &error) && XFixesQueryVersion(g->display, &major, &minor);
	major = 1, minor = 5;
	g->randr = XRRQueryExtension(g->display, &g->randr_event, &error) &&
		XRRQueryVersion(g->display, &major, &minor) && (major > 1 || minor >= 5);
	XSelectInput(g->display, g->root, StructureNotifyMask); // tells of RandR 1.5 monitors
	if (g->randr)
		XRRSelectInput(g->display, g->root, RRScreenChangeNotifyMask);
	return OPEN_OK;
}

static void detach(grabber *g) {
	if (!g->image)
		return;
	if (!g->lost) {
		XShmDetach(g->display, &g->shm);
		XSync(g->display, False);
	}
	g->image->data = NULL; // not malloc's
	XDestroyImage(g->image);
	g->image = NULL;
	shmdt(g->shm.shmaddr);
}

static void close_grabber(grabber *g) {
	watch_errors();
	if (!g->display)
		return;
	detach(g);
	XCloseDisplay(g->display);
	g->display = NULL;
}

// is_xwayland tells whether the server is one that shows X11 windows on a Wayland desktop.
static int is_xwayland(grabber *g) {
	int opcode, event, error;
	return XQueryExtension(g->display, "XWAYLAND", &opcode, &event, &error);
}

// list_monitors fills at most max monitors and returns their number, or -1 when the server is lost.
static int list_monitors(grabber *g, monitor *to, int max) {
	int n = 0;
	watch_errors();
	if (g->randr) {
		int count = 0;
		XRRMonitorInfo *all = XRRGetMonitors(g->display, g->root, True, &count);
		for (int i = 0; all && i < count && n < max; i++) {
			char *name = XGetAtomName(g->display, all[i].name);
			if (!name)
				continue;
			monitor *m = &to[n++];
			memset(m, 0, sizeof *m);
			strncpy(m->name, name, sizeof m->name - 1);
			m->x = all[i].x, m->y = all[i].y;
			m->width = all[i].width, m->height = all[i].height;
			m->primary = all[i].primary;
			XFree(name);
		}
		if (all)
			XRRFreeMonitors(all);
	}
	if (n == 0 && !g->lost) { // the whole screen
		XWindowAttributes a;
		if (XGetWindowAttributes(g->display, g->root, &a)) {
			memset(to, 0, sizeof *to);
			strcpy(to->name, "screen");
			to->width = a.width, to->height = a.height, to->primary = 1;
			n = 1;
		}
	}
	return g->lost ? -1 : n;
}

// attach makes the shared picture of a rectangle of the screen.
static int attach(grabber *g, int x, int y, int width, int height) {
	watch_errors();
	detach(g);
	int screen = DefaultScreen(g->display);
	g->x = x, g->y = y;
	g->image = XShmCreateImage(g->display, DefaultVisual(g->display, screen), DefaultDepth(g->display, screen),
		ZPixmap, NULL, &g->shm, width, height);
	if (!g->image)
		return OPEN_NO_SHM;
	if (g->image->bits_per_pixel != 32) {
		XDestroyImage(g->image);
		g->image = NULL;
		return OPEN_DEPTH;
	}
	g->shm.shmid = shmget(IPC_PRIVATE, (size_t)g->image->bytes_per_line * height, IPC_CREAT | 0600);
	g->shm.shmaddr = g->shm.shmid < 0 ? (char *)-1 : shmat(g->shm.shmid, NULL, 0);
	g->shm.readOnly = False;
	int attached = 0;
	if (g->shm.shmaddr != (char *)-1) {
		g->image->data = g->shm.shmaddr;
		XShmAttach(g->display, &g->shm);
		XSync(g->display, False);
		attached = last_error == 0 && !g->lost;
	}
	if (g->shm.shmid >= 0) // now, so that nothing is left behind however this process ends
		shmctl(g->shm.shmid, IPC_RMID, NULL);
	if (attached)
		return OPEN_OK;
	if (g->shm.shmaddr != (char *)-1)
		shmdt(g->shm.shmaddr);
	g->image->data = NULL;
	XDestroyImage(g->image);
	g->image = NULL;
	return OPEN_NO_SHM;
}

// draw_cursor draws the pointer, whose pixels are premultiplied ARGB in longs.
static void draw_cursor(grabber *g) {
	XFixesCursorImage *c = XFixesGetCursorImage(g->display);
	if (!c)
		return;
	int left = c->x - c->xhot - g->x, top = c->y - c->yhot - g->y;
	for (int cy = 0; cy < c->height; cy++) {
		int y = top + cy;
		if (y < 0 || y >= g->image->height)
			continue;
		unsigned char *row = (unsigned char *)g->image->data + (size_t)y * g->image->bytes_per_line;
		for (int cx = 0; cx < c->width; cx++) {
			int x = left + cx;
			if (x < 0 || x >= g->image->width)
				continue;
			unsigned long p = c->pixels[(size_t)cy * c->width + cx];
			unsigned rest = 255 - (p >> 24 & 0xff);
			for (int k = 0; k < 3; k++) {
				unsigned v = (p >> 8 * k & 0xff) + (row[4 * x + k] * rest + 127) / 255;
				row[4 * x + k] = v > 255 ? 255 : v;
			}
		}
	}
	XFree(c);
}

static int grab(grabber *g) {
	watch_errors();
	int changed = 0;
	while (!g->lost && XPending(g->display) > 0) {
		XEvent e;
		XNextEvent(g->display, &e);
		if (e.type == ConfigureNotify || (g->randr && e.type == g->randr_event + RRScreenChangeNotify)) {
			XRRUpdateConfiguration(&e);
			changed = 1;
		}
	}
	if (g->lost)
		return GRAB_LOST;
	if (changed)
		return GRAB_CHANGED;
	if (!XShmGetImage(g->display, g->root, g->image, g->x, g->y, AllPlanes))
		return g->lost ? GRAB_LOST : GRAB_FAILED;
	if (g->cursor)
		draw_cursor(g);
	return g->lost ? GRAB_LOST : GRAB_OK;
}
