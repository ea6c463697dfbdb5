from pathlib import Path
from security_world import World
import time
def test_x(database, make_town, settings):
    t=time.time(); w=World(database, make_town(), Path(settings["stadtkern.files"]))
    print("plant", time.time()-t); t=time.time()
    w.restore(); print("restore", time.time()-t)
    print({k:len(v) for k,v in w.before.items()})
    for s in w.sides: print(s.ids, s.paths)
